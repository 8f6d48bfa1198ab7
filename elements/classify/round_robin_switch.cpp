#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class RoundRobinSwitch final : public PacketElement<RoundRobinSwitch> {
 public:
  static void describe(Spec<RoundRobinSwitch>& spec) {
    spec.doc(
            "Sends each packet to the next of its outputs in turn, over as many as are wired. It takes "
            "flows apart; HashSwitch keeps them together.")
        .outputs_as_wired()
        .keeps_length();
  }

  void configure(Configuration& configuration) override {
    outputs_ = configuration.outputs;
    if (outputs_ == 0) configuration.error("", "has no output wired");
  }

  PortIndex handle(Packet& /*packet*/) noexcept {
    const PortIndex output = next_;
    next_ = output + 1 == outputs_ ? PortIndex{0} : static_cast<PortIndex>(output + 1);
    return output;
  }

 private:
  PortIndex outputs_ = 1;
  PortIndex next_ = 0;
};

IXYFLOW_ELEMENT(RoundRobinSwitch);

}  // namespace ixyflow::elements
