#include <cstdint>

#include "core/element/packet_element.hpp"
#include "core/net/headers.hpp"
#include "core/packet/layers.hpp"

namespace ttl_guard {

using namespace ixyflow;

#ifdef TTL_GUARD_UNDEFINED
int nobody_defines_this();
#endif

/// Protects a router's own protocols: a neighbour's packets arrive with a TTL that nobody farther away can
/// make.
class TTLGuard final : public PacketElement<TTLGuard> {
  enum : PortIndex { kOut, kLow };

 public:
  static void describe(Spec<TTLGuard>& spec) {
    spec.doc(
            "Lets IPv4 and IPv6 packets pass whose TTL or hop limit is at least `least`; the others leave by `low` "
            "(RFC 5082, the Generalized TTL Security Mechanism). What is neither passes.")
        .output(kOut, "out", "packets from near enough")
        .output(kLow, "low", "packets that came from farther away")
        .counter("not_ip", &TTLGuard::not_ip_, "packets that are neither, passed on")
        .keeps_length();
    spec.param("least", &TTLGuard::least_, "the lowest TTL that passes").range(1, 255);
  }

  PortIndex handle(Packet& packet) noexcept {
    if (const Ipv4Header* ip = ipv4(packet)) return ip->ttl < least_ ? kLow : kOut;
    if (const Ipv6Header* ip = ipv6(packet)) return ip->hop_limit < least_ ? kLow : kOut;
#ifdef TTL_GUARD_UNDEFINED
    if (nobody_defines_this() != 0) return kLow;
#endif
    ++not_ip_;
    return kOut;
  }

 private:
  std::uint8_t least_ = 255;
  Counter not_ip_;
};
IXYFLOW_ELEMENT(TTLGuard);

#ifdef TTL_GUARD_TAKEN
/// Takes a name that the program has.
class Tee final : public PacketElement<Tee> {
 public:
  static void describe(Spec<Tee>& spec) { spec.doc("Passes.").output(0, "out"); }
  PortIndex handle(Packet&) noexcept { return 0; }
};
IXYFLOW_ELEMENT(Tee);
#endif

}  // namespace ttl_guard
