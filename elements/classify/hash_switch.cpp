#include <cstdint>

#include "core/element/packet_element.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class HashSwitch final : public PacketElement<HashSwitch> {
 public:
  static void describe(Spec<HashSwitch>& spec) {
    spec.doc(
            "Spreads flows over as many outputs as are wired: all packets of a connection, both directions, "
            "leave by "
            "the same output, in order. By the flow hash (symmetric Toeplitz over addresses, protocol and "
            "ports; "
            "without ports for fragments; over MAC addresses and EtherType for what is not IP), where "
            "Click's "
            "HashSwitch takes an offset and a length.")
        .example(R"([elements.spread]
type = "HashSwitch"

[graph]
paths = ["in -> spread", "spread[0] -> out", "spread[1] -> Discard"])")
        .outputs_as_wired()
        .keeps_length();
  }

  void configure(Configuration& configuration) override {
    outputs_ = configuration.outputs;
    if (outputs_ == 0) configuration.error("", configuration.owner + " has no output wired");
  }

  PortIndex handle(Packet& packet) noexcept {
    // NICs and rings between cores spread by the same hash. Without another mix a HashSwitch behind them
    // would see only hashes of one kind, and use only some of its outputs.
    constexpr std::uint32_t kGoldenRatio = 0x9e3779b1;
    const std::uint32_t mixed = flow_hash(packet) * kGoldenRatio;
    return static_cast<PortIndex>((std::uint64_t{mixed} * outputs_) >> 32);
  }

 private:
  std::uint32_t outputs_ = 1;
};

IXYFLOW_ELEMENT(HashSwitch);

}  // namespace ixyflow::elements
