#include <cstdint>

#include "core/element/packet_element.hpp"

namespace ixyflow::bench {

/// Stands for an element with work to do: a chain of multiplications, each of which waits for the one before,
/// also from packet to packet, so that no processor can do two at a time.
class Work final : public PacketElement<Work> {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<Work>& spec) {
    spec.doc("Computes for a while for every packet, and passes it on.").output(kOut, "out").keeps_length();
    spec.param("steps", &Work::steps_, "multiplications and additions; 70 take about 200 cycles");
  }

  PortIndex handle(Packet& /*packet*/) noexcept {
    std::uint64_t value = value_;
    for (std::uint32_t i = 0; i < steps_; ++i) value = value * 6364136223846793005U + 1442695040888963407U;
    value_ = value;
    return kOut;
  }

 private:
  std::uint32_t steps_ = 70;
  std::uint64_t value_ = 1;
};

IXYFLOW_ELEMENT(Work);

}  // namespace ixyflow::bench
