#include <cstdint>
#include <cstring>

#include "core/element/packet_element.hpp"
#include "core/net/addresses.hpp"
#include "core/net/headers.hpp"
#include "elements/ether/ether_type_parameter.hpp"

namespace ixyflow::elements {

class EtherEncap final : public PacketElement<EtherEncap> {
  enum : PortIndex { kOut, kNoHeadroom };

 public:
  static void describe(Spec<EtherEncap>& spec) {
    spec.doc(
            "Puts an Ethernet header in front of the packet, as Click's EtherEncap. Packets start at their "
            "Ethernet header here, so it follows a Strip, or an element that made a packet without one; a "
            "frame that has a header gets a second one before it.")
        .example(R"([elements.strip]
type = "Strip"
length = 14
[elements.encap]
type = "EtherEncap"
ethertype = 0x0800
src = "02:00:00:00:00:01"
dst = "02:00:00:00:00:02"
[graph]
paths = ["in -> strip -> encap -> out"])")
        .output(kOut, "out", "the packet behind its new header")
        .drop(kNoHeadroom, "no_headroom", "the buffer has no 14 bytes left in front of the packet")
        .headroom(sizeof(EtherHeader));
    spec.param("ethertype", &EtherEncap::type_, "EtherType of what the packet is").required("0x0800");
    spec.param("src", &EtherEncap::source_, "source address").required("\"02:00:00:00:00:01\"").or_port();
    spec.param("dst", &EtherEncap::destination_, "destination address").required("\"02:00:00:00:00:02\"");
  }

  void configure(Configuration& /*configuration*/) override { update(); }
  void update() noexcept override {
    header_ = {.destination = destination_, .source = source_, .type = BeEtherType(type_)};
  }

  PortIndex handle(Packet& packet) noexcept {
    if (!packet.push(sizeof header_)) [[unlikely]]
      return kNoHeadroom;
    std::memcpy(packet.data(), &header_, sizeof header_);
    return kOut;
  }

 private:
  EtherType type_{};
  EtherAddress source_;
  EtherAddress destination_;
  EtherHeader header_{};
};

IXYFLOW_ELEMENT(EtherEncap);

}  // namespace ixyflow::elements
