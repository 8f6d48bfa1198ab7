#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

/// The element `Counter`. Its class is not called so, because that is the name of the statistic, which every
/// element may use.
class CounterElement final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<CounterElement>& spec) {
    spec.doc(
            "Counts packets and bytes. Every edge is counted anyway; a Counter gives the place a name in "
            "summaries and tests. Bytes are those of the frames that are here, without FCS. For rates, see "
            "the status line and `--stats`.")
        .output(kOut, "out", "every packet")
        .counter("packets", &CounterElement::packets_, "packets that passed")
        .counter("bytes", &CounterElement::bytes_, "their bytes")
        .keeps_length();
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    packets_.add(batch.size());
    bytes_.add(batch.bytes);
    outputs.forward(kOut, batch);
  }

 private:
  Counter packets_;
  Counter bytes_;
};

IXYFLOW_ELEMENT_AS(CounterElement, "Counter");

}  // namespace ixyflow::elements
