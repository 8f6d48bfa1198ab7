#include <cstdint>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Strip final : public PacketElement<Strip> {
  enum : PortIndex { kOut, kTruncated };

 public:
  static void describe(Spec<Strip>& spec) {
    spec.doc(
            "Takes `length` bytes off the front of the packet, as Click's Strip. Elements find the IP header "
            "of a frame by themselves, through VLAN tags too, so most of what needs `Strip(14)` in Click "
            "works without it here; what comes behind a Strip must expect a packet without an Ethernet "
            "header.")
        .output(kOut, "out", "the rest of the packet")
        .drop(kTruncated, "truncated", "shorter than what was to be taken off");
    spec.param("length", &Strip::length_, "bytes to take off").required("14");
  }

  PortIndex handle(Packet& packet) noexcept { return packet.pull(length_) ? kOut : kTruncated; }

 private:
  std::uint16_t length_ = 0;
};

IXYFLOW_ELEMENT(Strip);

}  // namespace ixyflow::elements
