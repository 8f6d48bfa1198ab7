#include "core/device/port.hpp"
#include "core/element/packet_element.hpp"
#include "core/element/port_end.hpp"

namespace ixyflow::elements {

class FromDevice final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<FromDevice>& spec) {
    spec.doc(
            "Gives out what a port receives: a NIC, a capture file, generated traffic. It takes Click's "
            "FromDevice, FromDump and InfiniteSource together, because all of them are ports here. It ends "
            "when the port has nothing more to give, as a file at its end. A port at the beginning of a path "
            "is one, called after it: `wan -> count` is what `wan.rx` receives.")
        .example(R"([ports.nic]
driver = "null"

[elements.rx]
type = "FromDevice"
port = "nic"

[graph]
paths = ["rx -> out"])")
        .output(kOut, "out", "every packet received");
    spec.port("port", &FromDevice::port_, PortUse::receive, "name of the port, as in [ports.NAME]");
  }

  void poll(Outputs& outputs) noexcept override {
    Batch& batch = outputs.batch();
    const std::uint32_t count = port_.port->rx(port_.queue, batch.free_places().first(outputs.burst()));
    if (count == 0) return;
    batch.added(count);
    Outputs::PortEnd(outputs).received(count);
    outputs.forward(kOut, batch);
  }

  [[nodiscard]] bool exhausted() const noexcept override { return port_.port->exhausted(port_.queue); }
  [[nodiscard]] Nanoseconds next_due() const noexcept override { return port_.port->next_due(port_.queue); }

 private:
  PortRef port_;
};

IXYFLOW_ELEMENT(FromDevice);

}  // namespace ixyflow::elements
