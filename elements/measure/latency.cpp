#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class Latency final : public PacketElement<Latency> {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<Latency>& spec) {
    spec.doc(
            "Measures how old packets are here: the present time less their stamp, which they have from the "
            "port that received them, from a capture, or from SetTimestamp. The clock is read once per round: "
            "what passes within a round takes no time, and a packet that another core stamped in a round of "
            "its own that began later comes from the future.")
        .example(R"([graph]
paths = ["in -> SetTimestamp -> Queue -> Latency -> out"])")
        .output(kOut, "out", "every packet")
        .histogram("delay_ns", &Latency::delay_, "nanoseconds since they were stamped")
        .counter("unstamped", &Latency::unstamped_, "packets that have no stamp")
        .counter("from_future", &Latency::from_future_, "packets whose stamp is later than the present time")
        .keeps_length();
  }

  PortIndex handle(Packet& packet, Outputs& outputs) noexcept {
    if (packet.timestamp == 0)
      ++unstamped_;
    else if (packet.timestamp > outputs.now())
      ++from_future_;
    else  // unsigned: a capture may record any 64 bits
      delay_.add(static_cast<std::uint64_t>(outputs.now()) - static_cast<std::uint64_t>(packet.timestamp));
    return kOut;
  }

 private:
  Histogram delay_;
  Counter unstamped_;
  Counter from_future_;
};

IXYFLOW_ELEMENT(Latency);

}  // namespace ixyflow::elements
