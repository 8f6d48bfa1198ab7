#include "core/element/copies.hpp"
#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Tee final : public Element {
  enum : PortIndex { kNoRoom = kFirstDrop };

 public:
  static void describe(Spec<Tee>& spec) {
    spec.doc(
            "Sends every packet to each of its outputs, over as many as are wired. The packet itself "
            "leaves by the last output, the others get copies. When the core has no buffer left for a "
            "copy, that output misses the packet and `not_copied` counts it; the packet itself always goes "
            "on.")
        .outputs_as_wired()
        .creates()
        .drop(kNoRoom, "no_room", "a copy, still empty, whose buffer is too small for the packet")
        .counter("not_copied", &Tee::not_copied_, "copies that could not be made, for want of a buffer");
  }

  void configure(Configuration& configuration) override {
    outputs_ = configuration.outputs;
    if (outputs_ == 0) configuration.error("", "has no output wired");
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    const auto last = static_cast<PortIndex>(outputs_ - 1);
    for (PortIndex output = 0; output < last; ++output)
      not_copied_.add(push_copies(batch.packets(), output, kNoRoom, outputs));
    outputs.forward(last, batch);
  }

 private:
  PortIndex outputs_ = 1;
  Counter not_copied_;
};

IXYFLOW_ELEMENT(Tee);

}  // namespace ixyflow::elements
