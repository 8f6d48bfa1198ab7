#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class PaintSwitch final : public PacketElement<PaintSwitch> {
  enum : PortIndex { kNoOutput = kFirstDrop };

 public:
  static void describe(Spec<PaintSwitch>& spec) {
    spec.doc(
            "Sends each packet to the output whose number is its colour (see Paint): colour 0 to output 0, "
            "and so on, over as many outputs as are wired.")
        .example(R"([elements.red]
type = "Paint"
color = 1

[elements.by_color]
type = "PaintSwitch"

[graph]
paths = ["in -> red -> by_color", "by_color[0] -> Discard", "by_color[1] -> out"])")
        .outputs_as_wired()
        .filter(kNoOutput, "no_output", "its colour is larger than the number of the last output")
        .keeps_length();
  }

  void configure(Configuration& configuration) override { outputs_ = configuration.outputs; }

  PortIndex handle(Packet& packet) noexcept {
    if (packet.paint >= outputs_) return kNoOutput;
    return packet.paint;
  }

 private:
  PortIndex outputs_ = 0;
};

IXYFLOW_ELEMENT(PaintSwitch);

}  // namespace ixyflow::elements
