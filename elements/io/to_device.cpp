#include "core/device/port.hpp"
#include "core/element/packet_element.hpp"
#include "core/element/port_end.hpp"

namespace ixyflow::elements {

class ToDevice final : public Element {
  enum : PortIndex { kSent, kTxFull };

 public:
  static void describe(Spec<ToDevice>& spec) {
    spec.doc(
            "Sends packets to a port: a NIC, or a capture file to be written (Click's ToDevice and "
            "ToDump). What a port cannot take at once is dropped here; sources that can wait are not "
            "polled until it has room, so that a run from file to file drops nothing. A port at the end of a "
            "path is one, called after it: `count -> lan` is sent by `lan.tx`.")
        .example(R"([ports.nic]
driver = "null"

[elements.tx]
type = "ToDevice"
port = "nic"

[graph]
paths = ["in -> tx"])")
        .sent(kSent, "sent", "taken by the port")
        .drop(kTxFull, "tx_full", "the transmit queue of the port had no room")
        .keeps_length();
    spec.port("port", &ToDevice::port_, PortUse::transmit, "name of the port, as in [ports.NAME]");
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    const std::uint64_t bytes = batch.bytes;
    const std::uint32_t sent = port_.port->tx(port_.queue, batch.packets());
    // What was taken belongs to the port: only the rest may still be looked at.
    std::uint64_t left_over = 0;
    for (Packet* packet : batch.packets().subspan(sent)) {
      left_over += packet->length();
      outputs.push(kTxFull, packet);
    }
    Outputs::PortEnd(outputs).sent(kSent, sent, bytes - left_over);
    batch.clear();
  }

 private:
  PortRef port_;
};

IXYFLOW_ELEMENT(ToDevice);

}  // namespace ixyflow::elements
