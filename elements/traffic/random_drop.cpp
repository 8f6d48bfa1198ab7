#include <cstdint>

#include "core/base/dice.hpp"
#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class RandomDrop final : public PacketElement<RandomDrop> {
  enum : PortIndex { kOut, kDropped };

 public:
  static void describe(Spec<RandomDrop>& spec) {
    spec.doc(
            "Drops each packet with a probability, whatever it is, as a bad line does. The same seed "
            "([pipeline] seed) and the same packets give the same drops; each RandomDrop, and each copy on a "
            "core with a count, throws its own dice. As Click's RandomSample with DROP, and the probability "
            "can be changed while it works: `ixyflow set loss.probability=0.5`.")
        .output(kOut, "out", "packets that were spared")
        .filter(kDropped, "unlucky", "it was hit")
        .keeps_length();
    spec.param("probability", &RandomDrop::probability_, "how probable a drop is, 0 (none) to 1 (all)")
        .required("0.01")
        .live();
  }

  void configure(Configuration& configuration) override {
    dice_ = Dice(configuration.seed);
    update();
  }

  void update() noexcept override {
    // Of 2^32 numbers so many are a drop: exact at both ends.
    hits_ = static_cast<std::uint64_t>(probability_.value * 4294967296.0);
  }

  PortIndex handle(Packet& /*packet*/) noexcept { return dice_.next() >> 32 < hits_ ? kDropped : kOut; }

 private:
  Probability probability_;
  std::uint64_t hits_ = 0;
  Dice dice_;
};

IXYFLOW_ELEMENT(RandomDrop);

}  // namespace ixyflow::elements
