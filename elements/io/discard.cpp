#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Discard final : public Element {
  enum : PortIndex { kDiscarded };

 public:
  static void describe(Spec<Discard>& spec) {
    spec.doc("Throws every packet away, and says so: the end of a path whose packets are not wanted.")
        .filter(kDiscarded, "discarded", "every packet")
        .keeps_length();
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    outputs.forward(kDiscarded, batch);
  }
};

IXYFLOW_ELEMENT(Discard);

}  // namespace ixyflow::elements
