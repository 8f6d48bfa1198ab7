#include <cstdint>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class RandomDrop final : public PacketElement<RandomDrop> {
  enum : PortIndex { kOut, kDropped };

 public:
  static void describe(Spec<RandomDrop>& spec) {
    spec.doc(
            "Drops each packet with a probability, whatever it is, as a bad line does. The same seed "
            "([pipeline] seed) and the same packets give the same drops; each RandomDrop, and each copy on a "
            "core with a count, throws its own dice. As Click's RandomSample with DROP, and the probability can be changed "
            "while it works: `ixyflow set loss.probability=0.5`.")
        .output(kOut, "out", "packets that were spared")
        .filter(kDropped, "unlucky", "it was hit")
        .keeps_length();
    spec.param("probability", &RandomDrop::probability_, "how probable a drop is, 0 (none) to 1 (all)")
        .required("0.01")
        .live();
  }

  void configure(Configuration& configuration) override {
    state_ = configuration.seed;
    update();
  }

  void update() noexcept override {
    // Of 2^32 numbers so many are a drop: exact at both ends.
    hits_ = static_cast<std::uint64_t>(probability_.value * 4294967296.0);
  }

  PortIndex handle(Packet& /*packet*/) noexcept { return random() < hits_ ? kDropped : kOut; }

 private:
  /// SplitMix64 (S. Vigna): any seed is as good as any other.
  std::uint32_t random() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return static_cast<std::uint32_t>((z ^ z >> 31) >> 32);
  }

  Probability probability_;
  std::uint64_t hits_ = 0;
  std::uint64_t state_ = 0;
};

IXYFLOW_ELEMENT(RandomDrop);

}  // namespace ixyflow::elements
