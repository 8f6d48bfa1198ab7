#include "tests/support/element_harness.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/support/element_harness_state.hpp"

namespace ixyflow::test {

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
    if (counter.name == name) return counter.value(*state_->element);
  throw std::out_of_range(state_->spec.name + " has no counter " + std::string(name));
}

const Histogram& ElementHarness::histogram(std::string_view name) const {
  for (const CounterSpec& counter : state_->spec.counters)
    if (counter.name == name && counter.kind == CounterKind::histogram)
      return counter.histogram(*state_->element);
  throw std::out_of_range(state_->spec.name + " has no histogram " + std::string(name));
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
