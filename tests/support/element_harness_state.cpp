#include "tests/support/element_harness_state.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "core/net/parser.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::test {

void ElementHarness::State::broken(const std::string& what) const {
  std::fprintf(stderr, "ElementHarness: %s %s\n", spec.name.c_str(), what.c_str());
  std::abort();
}

void ElementHarness::State::start() {
  Diagnostics diagnostics;
  element = make_element(spec, table, options, names.size(), resources, diagnostics);
  if (!diagnostics.ok()) throw std::runtime_error(messages(diagnostics));
  const QueueContext context{pool.get(), &clock, 1};
  for (const PortUseSpec& use : spec.ports) {
    if (options.port == nullptr) throw std::runtime_error(spec.name + " needs a port");
    PortRef& port = use.get(*element);
    port.port = options.port;
    if (use.use == PortUse::receive)
      options.port->attach_rx(0, context);
    else
      options.port->attach_tx(0, context);
  }
  element->prepare(outputs);
}

/// In + created + received = left + held, in packets and, where that is promised, in bytes.
void ElementHarness::State::check_account() const {
  const std::uint64_t left = outputs.left_packets();
  const std::uint64_t came = in + outputs.created() + outputs.received_packets();
  if (came != left + element->held())
    broken("lost count: " + std::to_string(in) + " in + " + std::to_string(outputs.created()) +
           " created + " + std::to_string(outputs.received_packets()) + " received, but " +
           std::to_string(left) + " left and " + std::to_string(element->held()) + " held");
  if (element->held() > element->capacity())
    broken("holds " + std::to_string(element->held()) + " packets, more than its capacity");
  if (spec.keeps_length && lengths_known && element->held() == 0 && in_bytes != outputs.left_bytes())
    broken("promises to keep the length, but " + std::to_string(in_bytes) + " bytes went in and " +
           std::to_string(outputs.left_bytes()) + " came out");
}

std::vector<Sent> ElementHarness::State::watch(const std::function<void()>& call, std::uint32_t given,
                                               std::uint64_t given_bytes) {
  in += given;
  in_bytes += given_bytes;
  const std::uint64_t before = allocations();
  call();
  const std::uint64_t allocated = allocations() - before;
  if (allocated != 0) broken("allocated memory " + std::to_string(allocated) + " times on the packet path");
  outputs.settle();
  if (!outputs.fault().empty()) broken(outputs.fault());
  if (outputs.created() + outputs.received_packets() > 0) lengths_known = false;
  check_account();
  std::vector<Sent> sent;
  for (const FakeOutputs::Departure& departure : outputs.departures()) sent.push_back(record(departure));
  outputs.free_departures();
  pool->send_home();
  return sent;
}

Packet* ElementHarness::State::make_packet(const Input& input) {
  Packet* packet = nullptr;
  Mempool& from = foreign_pool ? *foreign_pool : *pool;
  if (from.allocate({&packet, 1}) != 1)
    throw std::runtime_error("the harness has no buffer left for its input");
  if (input.bytes.size() > packet->tailroom()) {
    from.free(packet);
    throw std::runtime_error("the frame does not fit the data room");
  }
  std::ranges::copy(input.bytes, packet->data());
  const auto length = static_cast<std::uint32_t>(input.bytes.size());
  packet->set_length(length, std::max(length, input.wire_length));
  packet->timestamp = input.timestamp;
  packet->paint = input.paint;
  packet->input_port = input.input_port;
  packet->next_hop = input.next_hop;
  return packet;
}

Sent ElementHarness::State::record(const FakeOutputs::Departure& departure) {
  const Packet& packet = *departure.packet;
  Sent sent;
  sent.exit = outputs.name(departure.exit);
  sent.kind = outputs.kind(departure.exit);
  sent.bytes = Bytes(bytes_of(packet));
  sent.wire_length = packet.wire_length();
  sent.timestamp = packet.timestamp;
  sent.paint = packet.paint;
  sent.input_port = packet.input_port;
  sent.next_hop = packet.next_hop;
  if (packet.has(PacketFlag::parsed)) {
    const Layers layers = parse_layers(bytes_of(packet));
    sent.layers_right = layers.l3_offset == packet.l3_offset && layers.l4_offset == packet.l4_offset &&
                        layers.ether_type == packet.ether_type &&
                        (layers.l4_offset == 0 || layers.ip_protocol == packet.ip_protocol);
  }
  return sent;
}

}  // namespace ixyflow::test
