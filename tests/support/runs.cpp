#include "tests/support/runs.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/graph/planner/make_plan.hpp"

namespace ixyflow::test {

namespace {

/// More than any test wants: threads are not bound to them.
constexpr int kCpus = 24;

class ScriptedPort final : public Port {
 public:
  explicit ScriptedPort(PortScript& script) : script_(script) {}

  PortProperties properties() const override {
    PortProperties properties;
    properties.can_wait = script_.can_wait;
    properties.buffers = script_.declares_hoard ? script_.hoard : 0;
    properties.transmit_queues = script_.transmit_queues;
    properties.transmit_room = script_.largest_room;
    return properties;
  }
  void use_queues(std::uint16_t, std::uint16_t transmit) override {
    if (transmit > 1) script_.seen_by_queue.resize(transmit);
    transmit_.resize(transmit);
  }
  Result<void> open() override { return step("open"), Result<void>(); }
  Result<void> use_memory(std::span<const DmaMemory* const>, DmaMemory&) override {
    return step("use_memory"), Result<void>();
  }
  void attach_rx(std::uint16_t, const QueueContext& context) override {
    step("attach");
    receive_ = context;
  }
  void attach_tx(std::uint16_t queue, const QueueContext& context) override {
    step("attach");
    transmit_[queue].pool = context.pool;
  }
  Result<void> start() override {
    step("start");
    if (script_.refuses_start) return fail(ExitCode::unavailable, "does not want to");
    return {};
  }
  bool ready() const noexcept override { return script_.ready; }
  void supervise(const EventSink& event) override {
    step("supervise");
    if (const std::string text = std::exchange(script_.event, {}); !text.empty())
      event(EventKind::note, text);
  }
  void stop() noexcept override { step("stop"); }
  Result<void> close() override { return step("close"), Result<void>(); }

  std::uint32_t rx(std::uint16_t, std::span<Packet*> packets) noexcept override {
    if (script_.on_receive) script_.on_receive();
    const std::uint32_t left = std::min(script_.send - script_.sent, script_.burst);
    const std::uint32_t count =
        receive_.pool->allocate(packets.first(std::min<std::size_t>(left, packets.size())));
    for (Packet* packet : packets.first(count)) {
      packet->set_length(script_.frame_length);
      std::memset(packet->data(), 0, packet->length());
      const std::uint32_t number = script_.sent++;
      std::memcpy(packet->data(), &number, std::min<std::size_t>(sizeof(number), packet->length()));
      if (script_.fill) script_.fill(*packet, number);
    }
    return count;
  }
  bool exhausted(std::uint16_t) const noexcept override { return script_.sent == script_.send; }
  Nanoseconds next_due(std::uint16_t queue) const noexcept override {
    return exhausted(queue) ? std::numeric_limits<Nanoseconds>::max() : 0;
  }

  std::uint32_t tx(std::uint16_t queue, std::span<Packet* const> packets) noexcept override {
    if (script_.on_transmit) script_.on_transmit();
    const auto taken = packets.first(std::min<std::size_t>(tx_room(queue), packets.size()));
    auto& seen = script_.seen_by_queue.empty() ? script_.seen : script_.seen_by_queue[queue];
    Transmit& transmit = transmit_[queue];
    for (Packet* packet : taken) {
      seen.push_back(script_.number_of(*packet));
      transmit.hoard.push_back(packet);
    }
    while (transmit.hoard.size() > script_.hoard) {
      transmit.pool->free(transmit.hoard.front());
      transmit.hoard.erase(transmit.hoard.begin());
    }
    script_.transmitted += static_cast<std::uint32_t>(taken.size());
    return static_cast<std::uint32_t>(taken.size());
  }
  std::uint32_t tx_room(std::uint16_t) noexcept override {
    return std::min(script_.transmit_room.load(), script_.largest_room);
  }
  void detach_rx(std::uint16_t) noexcept override { step("detach"); }
  void detach_tx(std::uint16_t queue) noexcept override {
    step("detach");
    transmit_[queue].pool->free(transmit_[queue].hoard);
    transmit_[queue].hoard.clear();
  }

 private:
  struct Transmit {
    Mempool* pool = nullptr;
    std::vector<Packet*> hoard;
  };

  void step(std::string_view name) const {
    if (script_.on_step) script_.on_step(name);
  }

  PortScript& script_;
  QueueContext receive_;
  std::vector<Transmit> transmit_{1};
};

}  // namespace

std::uint32_t PortScript::first_bytes(const Packet& packet) {
  std::uint32_t number = 0;
  if (packet.length() >= sizeof(number)) std::memcpy(&number, packet.data(), sizeof(number));
  return number;
}

std::uint32_t PortScript::generated(const Packet& packet) {
  constexpr std::size_t kPayload = 42;
  std::uint32_t number = 0;
  for (std::size_t i = 4; i < 8; ++i) number = number << 8 | packet.data()[kPayload + i];
  return number;
}

std::unique_ptr<Port> scripted_port(PortScript& script) {
  return std::make_unique<ScriptedPort>(script);
}

Machine machine_of(int cpus) {
  Machine machine;
  for (int id = 0; id < cpus; ++id) machine.cpus.push_back({.id = id, .core = id});
  machine.nodes.push_back({.id = 0, .memory_bytes = std::uint64_t{1} << 32});
  return machine;
}

std::unique_ptr<Run> make_run(const std::string& toml, std::map<std::string, PortScript*> ports,
                              RunOptions options) {
  Diagnostics diagnostics("test.toml", toml);
  LoadOptions load;
  for (const auto& [name, script] : ports) {
    Swap swap;
    swap.port = name;
    swap.make = [script = script] { return scripted_port(*script); };
    load.swaps.push_back(std::move(swap));
  }
  const auto file = parse_pipeline("test.toml", toml, diagnostics);
  auto pipeline = file ? build_pipeline(*file, load, diagnostics) : std::nullopt;
  auto plan = pipeline ? make_plan(*pipeline, machine_of(kCpus), {}, diagnostics) : std::nullopt;
  if (!plan) throw std::runtime_error(diagnostics.render());
  // Tests share their machine with others, and with each other.
  options.pin = false;
  plan->oversubscribed = plan->workers.size() >= std::thread::hardware_concurrency();
  auto run = Run::create(std::move(*pipeline), std::move(*plan), std::move(options));
  if (!run) throw std::runtime_error(run.error().text);
  return std::move(*run);
}

std::string in_and_out(const std::string& core_of_in, const std::string& core_of_out) {
  const auto on = [](const std::string& core) { return core.empty() ? "" : "core = \"" + core + "\"\n"; };
  return R"(
[ports.a]
driver = "null"
[ports.b]
driver = "null"
[elements.in]
type = "FromDevice"
port = "a"
)" + on(core_of_in) +
         R"([elements.out]
type = "ToDevice"
port = "b"
)" + on(core_of_out);
}

std::string two_cores(const std::string& idle) {
  return "[pipeline]\nidle = \"" + idle + "\"\n[cores]\nfirst = {}\nsecond = {}\n" +
         in_and_out("first", "second") + "[graph]\npaths = [\"in -> out\"]\n";
}

RunReport run_stepped(const std::string& toml, std::map<std::string, PortScript*> ports, Nanoseconds until) {
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(toml, std::move(ports), std::move(options));
  while (run->step(until)) continue;
  RunReport report = run->finish();
  CHECK(run->exit_code() == ExitCode::ok);
  check_conserved(report);
  return report;
}

RunReport run_threaded(const std::string& toml, std::map<std::string, PortScript*> ports) {
  auto run = make_run(toml, std::move(ports));
  REQUIRE(run->start());
  REQUIRE(run->wait(Duration{60'000'000'000}));
  RunReport report = run->finish();
  CHECK(run->exit_code() == ExitCode::ok);
  check_conserved(report);
  return report;
}

void check_conserved(const RunReport& report) {
  CHECK(report.ledger.balanced());
  CHECK(report.ledger.held == 0);
  for (const WorkerReport& worker : report.workers) CHECK(worker.buffers_free == worker.buffers);
}

const ElementReport& element(const RunReport& report, const std::string& name) {
  for (const ElementReport& candidate : report.elements)
    if (candidate.name == name) return candidate;
  throw std::runtime_error("no element " + name);
}

std::uint64_t left_by(const RunReport& report, const std::string& element_name, const std::string& exit) {
  for (const ExitReport& candidate : element(report, element_name).exits)
    if (candidate.name == exit) return candidate.packets;
  return 0;
}

std::vector<std::uint32_t> numbers(std::uint32_t count) {
  std::vector<std::uint32_t> result(count);
  for (std::uint32_t i = 0; i < count; ++i) result[i] = i;
  return result;
}

}  // namespace ixyflow::test
