#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Null final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<Null>& spec) {
    spec.doc(
            "Passes every packet on and does nothing to it: a place to join edges, and a measure of what a "
            "step costs.")
        .output(kOut, "out", "every packet")
        .keeps_length();
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    outputs.forward(kOut, batch);
  }
};

IXYFLOW_ELEMENT(Null);

}  // namespace ixyflow::elements
