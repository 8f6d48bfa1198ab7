#include <algorithm>

#include "core/element/packet_element.hpp"

namespace ixyflow::elements {

class SetTimestamp final : public PacketElement<SetTimestamp> {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<SetTimestamp>& spec) {
    spec.doc(
            "Stamps every packet with the present time, in place of the time at which a port received it or a "
            "capture recorded it. A Latency further on tells what passed since. The clock is read once per "
            "round, so that all packets of a round get one stamp.")
        .output(kOut, "out", "every packet, stamped")
        .keeps_length();
  }

  /// A stamp of 0 says that there is none, and a simulated clock starts at 0.
  PortIndex handle(Packet& packet, Outputs& outputs) noexcept {
    packet.timestamp = std::max<Nanoseconds>(outputs.now(), 1);
    return kOut;
  }
};

IXYFLOW_ELEMENT(SetTimestamp);

}  // namespace ixyflow::elements
