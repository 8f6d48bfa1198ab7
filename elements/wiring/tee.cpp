#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Tee final : public Element {
 public:
  static void describe(Spec<Tee>& spec) {
    spec.doc(
            "Sends every packet to each of its outputs, over as many as are wired. The packet itself "
            "leaves by the last output, the others get copies. When the core has no buffer left for a "
            "copy, that output misses the packet and `no_buffer` counts it; the packet itself always goes "
            "on.")
        .outputs_as_wired()
        .creates();
  }

  void configure(Configuration& configuration) override {
    outputs_ = configuration.outputs;
    if (outputs_ == 0) configuration.error("", "has no output wired");
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    const auto last = static_cast<PortIndex>(outputs_ - 1);
    for (PortIndex output = 0; output < last; ++output)
      for (const Packet* packet : batch)
        if (Packet* const copy = outputs.copy(*packet)) outputs.push(output, copy);
    outputs.forward(last, batch);
  }

 private:
  PortIndex outputs_ = 1;
};

IXYFLOW_ELEMENT(Tee);

}  // namespace ixyflow::elements
