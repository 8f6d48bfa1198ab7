#include <cstdint>

#include "core/element/packet_element.hpp"
#include "core/net/flow/spread.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class HashSwitch final : public PacketElement<HashSwitch> {
 public:
  static void describe(Spec<HashSwitch>& spec) {
    spec.doc(
            "Spreads flows over as many outputs as are wired: all packets of a connection, both "
            "directions, leave by the same output, in order. By the flow hash (over addresses, protocol and "
            "ports; without ports for fragments; over MAC addresses and EtherType for what is not IP), where "
            "Click's HashSwitch takes an offset and a length. Which flow leaves by which output is the same "
            "in every run with the same `seed` in [pipeline]; without a seed, on ports of the network, it is "
            "another one each time, so that nobody outside can choose it.")
        .outputs_as_wired()
        .keeps_length();
    spec.param(
        "salt", &HashSwitch::salt_,
        "elements of one salt and as many outputs agree about every flow; behind another HashSwitch, take another");
  }

  void configure(Configuration& configuration) override {
    outputs_ = configuration.outputs;
    if (outputs_ == 0) configuration.error("", "has no output wired");
  }

  PortIndex handle(Packet& packet) noexcept {
    return static_cast<PortIndex>(spread(flow_hash(packet), salt_, outputs_));
  }

 private:
  std::uint32_t salt_ = 0;
  std::uint32_t outputs_ = 1;
};

IXYFLOW_ELEMENT(HashSwitch);

}  // namespace ixyflow::elements
