#include <cstdint>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Unstrip final : public PacketElement<Unstrip> {
  enum : PortIndex { kOut, kNoHeadroom };

 public:
  static void describe(Spec<Unstrip>& spec) {
    spec.doc(
            "Puts `length` bytes back in front of the packet, as Click's Unstrip: after a Strip of as many, "
            "the frame is what it was. Bytes that nobody stripped before are zeros.")
        .example(R"([elements.strip]
type = "Strip"
length = 14
[elements.unstrip]
type = "Unstrip"
length = 14
[graph]
paths = ["in -> strip -> Counter -> unstrip -> out"])")
        .output(kOut, "out", "the packet with its front back")
        .drop(kNoHeadroom, "no_headroom", "the buffer has not as many bytes in front of the packet");
    spec.param("length", &Unstrip::length_, "bytes to put back").required("14");
  }

  PortIndex handle(Packet& packet) noexcept { return packet.restore(length_) ? kOut : kNoHeadroom; }

 private:
  std::uint16_t length_ = 0;
};

IXYFLOW_ELEMENT(Unstrip);

}  // namespace ixyflow::elements
