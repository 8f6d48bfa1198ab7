#include "tests/support/element_harness.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "core/element/registry.hpp"
#include "core/net/parser.hpp"
#include "core/packet/layers.hpp"
#include "tests/support/fake_outputs.hpp"

namespace ixyflow::test {
namespace {

const ElementSpec& find_spec(std::string_view type) {
  const ElementSpec* spec = ElementRegistry::instance().find(type);
  if (spec == nullptr) throw std::runtime_error("no element type " + std::string(type));
  return *spec;
}

std::string messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& entry : diagnostics.sorted())
    if (entry.severity == Severity::error)
      text += (text.empty() ? "" : "\n") + entry.text + (entry.hint.empty() ? "" : " (" + entry.hint + ")");
  return text;
}

/// Names of the outputs, as the graph would give them.
std::vector<std::string> output_names(const ElementSpec& spec, const Value::Table& table,
                                      PortIndex as_wired) {
  std::vector<std::string> names;
  if (spec.output_count == OutputCount::as_wired) {
    names.resize(as_wired);
  } else if (spec.output_count == OutputCount::by_parameter) {
    if (const Value::Entry* entry = find(table, spec.output_parameter)) {
      if (const auto* list = entry->value.get_if<Value::List>()) names.resize(list->size());
      if (const auto* given = entry->value.get_if<Value::Table>())
        for (const Value::Entry& output : *given) names.push_back(output.key);
    }
  }
  for (const ExitSpec& exit : spec.exits) {
    if (exit.kind != ExitKind::output) continue;
    if (spec.output_count == OutputCount::declared && names.size() <= exit.index)
      names.resize(exit.index + 1U);
    if (exit.index < names.size()) names[exit.index] = exit.name;
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].empty()) names[i] = std::to_string(i);
  return names;
}

using Resources = std::vector<std::unique_ptr<Resource>>;

void bind_resources(Element& element, const ElementSpec& spec, const HarnessOptions& options, Resources& made,
                    Diagnostics& diagnostics) {
  for (const ResourceUseSpec& use : spec.resources) {
    if (options.resource != nullptr) {
      use.set(element, *options.resource);
      continue;
    }
    const ResourceSpec* type = ResourceRegistry::instance().find(use.type);
    if (type == nullptr) throw std::runtime_error("no resource type " + use.type);
    made.push_back(type->create());
    const Value::Table nothing;
    ResourceConfiguration configuration{diagnostics, nothing, {}, "resource 'r' (type " + use.type + ")"};
    made.back()->configure(configuration);
    use.set(element, *made.back());
  }
}

/// Makes the element and configures it; mistakes go to `diagnostics`. Resources that nobody gave are put into
/// `made`.
std::unique_ptr<Element> make(const ElementSpec& spec, const Value::Table& table,
                              const HarnessOptions& options, std::size_t outputs, Resources& made,
                              Diagnostics& diagnostics) {
  auto element = spec.create();
  const std::string owner = "element 'x' (type " + spec.name + ")";
  if (!apply_parameters(element.get(), table, spec.parameters, {}, owner, {}, diagnostics)) return element;
  bind_resources(*element, spec, options, made, diagnostics);
  const PortIndex inputs = spec.inputs_as_wired ? options.inputs : static_cast<PortIndex>(spec.inputs.size());
  Configuration configuration{diagnostics, table, {}, owner, inputs, static_cast<PortIndex>(outputs),
                              options.seed};
  element->configure(configuration);
  return element;
}

}  // namespace

struct ElementHarness::State {
  State(std::string_view type, Value::Table given, HarnessOptions wanted)
      : spec(find_spec(type)),
        options(wanted),
        table(std::move(given)),
        names(output_names(spec, table, options.outputs)),
        memory(take(DmaMemory::allocate(options.layout.bytes(options.buffers), Pages::small, -1))),
        pool(take(Mempool::create(memory, options.buffers, options.layout, 0))),
        outputs(*pool, clock, spec, names, options.burst) {
    if (!options.input_layout) return;
    foreign_memory =
        take(DmaMemory::allocate(options.input_layout->bytes(options.buffers), Pages::small, -1));
    foreign_pool = take(Mempool::create(*foreign_memory, options.buffers, *options.input_layout, 1));
    Mempool::connect(*foreign_pool, *pool);
  }

  template <class T>
  static T take(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text);
    return std::move(*result);
  }

  void start();
  /// Runs `call`, holds the element to the contract, and returns what left.
  template <class Call>
  std::vector<Sent> watch(Call call, std::uint32_t given = 0, std::uint64_t given_bytes = 0);
  Packet* make_packet(const Input& input);
  Sent record(const FakeOutputs::Departure& departure);
  [[noreturn]] void broken(const std::string& what) const;

  const ElementSpec& spec;
  HarnessOptions options;
  Value::Table table;
  std::vector<std::string> names;
  Clock clock{Clock::Kind::simulated};
  DmaMemory memory;
  std::unique_ptr<Mempool> pool;
  std::optional<DmaMemory> foreign_memory;
  std::unique_ptr<Mempool> foreign_pool;  ///< of another core, for what goes in
  FakeOutputs outputs;
  Resources resources;
  std::unique_ptr<Element> element;
  std::vector<Packet*> reserved;  ///< by leave_buffers
  std::uint64_t in = 0;
  std::uint64_t in_bytes = 0;
  bool lengths_known = true;  ///< false once packets came in whose length nobody told us
};

void ElementHarness::State::broken(const std::string& what) const {
  std::fprintf(stderr, "ElementHarness: %s %s\n", spec.name.c_str(), what.c_str());
  std::abort();
}

void ElementHarness::State::start() {
  Diagnostics diagnostics;
  element = make(spec, table, options, names.size(), resources, diagnostics);
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

template <class Call>
std::vector<Sent> ElementHarness::State::watch(Call call, std::uint32_t given, std::uint64_t given_bytes) {
  in += given;
  in_bytes += given_bytes;
  const std::uint64_t before = allocations();
  call();
  const std::uint64_t allocated = allocations() - before;
  if (allocated != 0) broken("allocated memory " + std::to_string(allocated) + " times on the packet path");
  outputs.settle();
  if (!outputs.fault().empty()) broken(outputs.fault());
  const std::uint64_t left = outputs.left_packets();
  const std::uint64_t came = in + outputs.created() + outputs.received_packets();
  if (came != left + element->held())
    broken("lost count: " + std::to_string(in) + " in + " + std::to_string(outputs.created()) +
           " created + " + std::to_string(outputs.received_packets()) + " received, but " +
           std::to_string(left) + " left and " + std::to_string(element->held()) + " held");
  if (element->held() > element->capacity())
    broken("holds " + std::to_string(element->held()) + " packets, more than its capacity");
  if (outputs.created() + outputs.received_packets() > 0) lengths_known = false;
  if (spec.keeps_length && lengths_known && element->held() == 0 && in_bytes != outputs.left_bytes())
    broken("promises to keep the length, but " + std::to_string(in_bytes) + " bytes went in and " +
           std::to_string(outputs.left_bytes()) + " came out");
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
  if (packet.has(PacketFlag::parsed)) {
    const Layers layers = parse_layers(bytes_of(packet));
    sent.layers_right = layers.l3_offset == packet.l3_offset && layers.l4_offset == packet.l4_offset &&
                        layers.ether_type == packet.ether_type &&
                        (layers.l4_offset == 0 || layers.ip_protocol == packet.ip_protocol);
  }
  return sent;
}

ElementHarness::ElementHarness(std::string_view type, Value::Table given, HarnessOptions options)
    : state_(std::make_unique<State>(type, std::move(given), options)) {
  state_->start();
}

ElementHarness::ElementHarness(std::string_view type, HarnessOptions options)
    : ElementHarness(type, Value::Table{}, options) {}

ElementHarness::~ElementHarness() {
  State& state = *state_;
  leave_buffers(state.options.buffers);
  set_room(~0U);
  for (int i = 0; i < 100'000 && state.element->held() != 0; ++i) flush();
  if (state.element->held() != 0) state.broken("still holds packets after it was flushed");
  for (const PortUseSpec& use : state.spec.ports) {
    if (use.use == PortUse::receive)
      state.options.port->detach_rx(0);
    else
      state.options.port->detach_tx(0);
  }
  state.element.reset();
  for (Mempool* pool : {state.pool.get(), state.foreign_pool.get()})
    if (pool != nullptr && pool->available() != pool->size())
      state.broken("lost " + std::to_string(pool->size() - pool->available()) + " buffers");
}

std::vector<Sent> ElementHarness::send_batch(std::span<const Input> packets, PortIndex input) {
  if (packets.empty() || packets.size() > kMaxBatch) throw std::runtime_error("a batch has 1 to 256 packets");
  State& state = *state_;
  Batch batch;
  for (const Input& packet : packets) batch.push(state.make_packet(packet));
  batch.bytes = batch.sum_lengths();
  return state.watch([&] { state.element->process(input, batch, state.outputs); }, batch.size(), batch.bytes);
}

std::vector<Sent> ElementHarness::send_batch(const std::vector<Bytes>& frames, PortIndex input) {
  const std::vector<Input> packets(frames.begin(), frames.end());
  return send_batch(std::span(packets), input);
}

Sent ElementHarness::send(const Input& packet, PortIndex input) {
  auto sent = send_batch(std::span(&packet, 1), input);
  if (sent.size() != 1) throw std::runtime_error("not one packet left, but " + std::to_string(sent.size()));
  return std::move(sent.front());
}

std::vector<Sent> ElementHarness::poll() {
  return state_->watch([this] { state_->element->poll(state_->outputs); });
}

std::vector<Sent> ElementHarness::flush() {
  return state_->watch([this] { state_->element->flush(state_->outputs); });
}

std::vector<Sent> ElementHarness::advance_to(Nanoseconds time) {
  State& state = *state_;
  std::vector<Sent> sent;
  for (;;) {
    Timer* next = nullptr;
    for (const auto& get : state.spec.timers) {
      Timer& timer = get(*state.element);
      if (timer.armed() && timer.due() <= time && (next == nullptr || timer.due() < next->due()))
        next = &timer;
    }
    if (next == nullptr) break;
    state.clock.advance_to(next->due());
    next->disarm();
    for (Sent& packet : state.watch([&] { state.element->tick(*next, state.outputs); }))
      sent.push_back(std::move(packet));
  }
  state.clock.advance_to(time);
  return sent;
}

std::uint64_t ElementHarness::counter(std::string_view name) const {
  for (const CounterSpec& counter : state_->spec.counters)
    if (counter.name == name) return counter.get(*state_->element).value();
  throw std::out_of_range(state_->spec.name + " has no counter " + std::string(name));
}

std::uint64_t ElementHarness::packets(std::string_view exit) const {
  return state_->outputs.exit(exit).packets;
}
std::uint64_t ElementHarness::bytes(std::string_view exit) const {
  return state_->outputs.exit(exit).bytes;
}
std::uint64_t ElementHarness::created() const {
  return state_->outputs.created();
}
std::uint64_t ElementHarness::no_buffer() const {
  return state_->outputs.no_buffer();
}
std::vector<std::string> ElementHarness::take_lines() {
  return state_->outputs.take_lines();
}
void ElementHarness::set_room(std::uint32_t packets) {
  state_->outputs.set_room(packets);
}

void ElementHarness::leave_buffers(std::uint32_t left) {
  State& state = *state_;
  while (!state.reserved.empty() && state.pool->available() < left) {
    state.pool->free(state.reserved.back());
    state.reserved.pop_back();
  }
  Packet* packet = nullptr;
  while (state.pool->available() > left && state.pool->allocate({&packet, 1}) == 1)
    state.reserved.push_back(packet);
}

Element& ElementHarness::element() noexcept {
  return *state_->element;
}
const ElementSpec& ElementHarness::spec() const noexcept {
  return state_->spec;
}
Mempool& ElementHarness::pool() noexcept {
  return *state_->pool;
}
const Clock& ElementHarness::clock() const noexcept {
  return state_->clock;
}

Value::Table parameters(std::initializer_list<Setting> settings) {
  Value::Table table;
  for (const Setting& setting : settings) table.push_back({setting.key, {}, setting.value});
  return table;
}

Value::List texts(std::initializer_list<const char*> items) {
  Value::List list;
  for (const char* item : items) list.emplace_back(Value::Data(std::string(item)));
  return list;
}

std::string refusal(std::string_view type, const Value::Table& table, HarnessOptions options) {
  const ElementSpec& spec = find_spec(type);
  Diagnostics diagnostics;
  Resources resources;
  make(spec, table, options, output_names(spec, table, options.outputs).size(), resources, diagnostics);
  return messages(diagnostics);
}

std::vector<Sent> only(const std::vector<Sent>& sent, std::string_view exit) {
  std::vector<Sent> result;
  std::ranges::copy_if(sent, std::back_inserter(result),
                       [&](const Sent& packet) { return packet.exit == exit; });
  return result;
}

std::vector<std::string> exits_of(const std::vector<Sent>& sent) {
  std::vector<std::string> result;
  for (const Sent& packet : sent) result.push_back(packet.exit);
  return result;
}

}  // namespace ixyflow::test
