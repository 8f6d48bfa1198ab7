#include <cstdint>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Paint final : public PacketElement<Paint> {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<Paint>& spec) {
    spec.doc(
            "Marks packets with a colour, a number that stays with the packet until another Paint; "
            "PaintSwitch sends packets to the output of their colour. Packets that nobody painted have "
            "colour 0.")
        .output(kOut, "out", "every packet, painted")
        .keeps_length();
    spec.param("color", &Paint::color_, "the colour, a number").required("1").live();
  }

  PortIndex handle(Packet& packet) noexcept {
    packet.paint = color_;
    return kOut;
  }

 private:
  std::uint8_t color_ = 0;
};

IXYFLOW_ELEMENT(Paint);

}  // namespace ixyflow::elements
