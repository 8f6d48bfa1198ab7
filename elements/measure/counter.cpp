#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

// The element has the name of what it is made of: where both can be seen, the plain number is
// `ixyflow::Counter`.
class Counter final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<Counter>& spec) {
    spec.doc(
            "Counts packets and bytes. Every edge is counted anyway; a Counter gives the place a name in "
            "summaries and tests. Bytes are those of the frames that are here, without FCS. For rates, see "
            "the status line and `--stats`.")
        .example(R"([elements.count]
type = "Counter"

[graph]
paths = ["in -> count -> out"])")
        .output(kOut, "out", "every packet")
        .counter("packets", &Counter::packets_, "packets that passed")
        .counter("bytes", &Counter::bytes_, "their bytes")
        .keeps_length();
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    packets_.add(batch.size());
    bytes_.add(batch.bytes);
    outputs.forward(kOut, batch);
  }

 private:
  ixyflow::Counter packets_;
  ixyflow::Counter bytes_;
};

IXYFLOW_ELEMENT(Counter);

}  // namespace ixyflow::elements
