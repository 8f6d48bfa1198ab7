#include <cstdint>
#include <utility>

#include "core/element/packet_element.hpp"
#include "core/net/checksum.hpp"
#include "core/net/headers.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class DecIPTTL final : public PacketElement<DecIPTTL> {
  enum : PortIndex { kOut, kExpired, kTruncated };

 public:
  static void describe(Spec<DecIPTTL>& spec) {
    spec.doc(
            "Lowers the IPv4 TTL by one and corrects the header checksum for it (RFC 1624). Packets whose "
            "TTL is 0 or 1 leave unchanged by `expired` (RFC 1812, 5.3.1), for an ICMP error. What is not "
            "IPv4 passes untouched. As Click's DecIPTTL, multicast packets included, but the header is found "
            "through VLAN tags, without Strip or MarkIPHeader.")
        .output(kOut, "out", "packets that may go on")
        .output(kExpired, "expired", "packets whose TTL ran out, unchanged")
        .drop(kTruncated, "truncated", "the IPv4 header does not fit the packet")
        .counter("not_ip", &DecIPTTL::not_ip_, "packets that are not IPv4, passed on untouched")
        .keeps_length();
  }

  PortIndex handle(Packet& packet) noexcept {
    Ipv4Header* ip = ipv4(packet);
    if (ip == nullptr) [[unlikely]] {
      if (packet.ether_type == EtherType::ipv4) return kTruncated;
      ++not_ip_;
      return kOut;
    }
    if (ip->ttl <= 1) [[unlikely]]
      return kExpired;
    const std::uint16_t before = ttl_word(*ip);
    --ip->ttl;
    ip->checksum = checksum_update(ip->checksum.value(), before, ttl_word(*ip));
    return kOut;
  }

 private:
  /// The 16-bit word of the header that holds the TTL, as the checksum sees it.
  static std::uint16_t ttl_word(const Ipv4Header& ip) noexcept {
    return static_cast<std::uint16_t>(ip.ttl << 8 | std::to_underlying(ip.protocol));
  }

  Counter not_ip_;
};

IXYFLOW_ELEMENT(DecIPTTL);

}  // namespace ixyflow::elements
