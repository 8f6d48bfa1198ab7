#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <optional>
#include <stdexcept>

#include "core/graph/planner/make_plan.hpp"
#include "tests/runtime/engine/random_graph.hpp"
#include "tests/support/runs.hpp"

namespace ixyflow::test {
namespace {

constexpr Nanoseconds kHour = 3'600'000'000'000;
constexpr int kMostSteps = 200'000;  ///< thousands of times as many as it takes
constexpr std::uint32_t kEachSource = 1000;
constexpr std::uint32_t kSmallPort = 40;  ///< no packet becomes more

/// How many graphs are drawn: CONTRIBUTING.md, "For hours".
std::uint64_t graphs_to_draw() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t kGraphs = 1'000;
#else
  constexpr std::uint64_t kGraphs = 10'000;
#endif
  const char* wanted = std::getenv("IXYFLOW_GRAPHS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : kGraphs;
}

/// One graph with its ports, drawn and run.
class Trial {
 public:
  explicit Trial(std::uint64_t seed) : graph_(seed), dice_(~seed) {
    // One in four has sources that do not wait.
    waits_ = dice_.next() % 4 != 0;
    for (std::size_t i = 0; i < graph_.sources(); ++i) {
      PortScript& script = sources_.emplace_back();
      script.send = static_cast<std::uint32_t>(dice_.next() % 120);
      script.can_wait = waits_;
      script.frame_length = 60;
      script.fill = [i](Packet& packet, std::uint32_t number) { fill(packet, i * kEachSource + number); };
    }
    for (std::size_t i = 0; i < graph_.sinks(); ++i)
      sinks_.emplace_back().largest_room = dice_.next() % 4 == 0 ? kSmallPort : ~0U;
  }

  [[nodiscard]] const RandomGraph& graph() const { return graph_; }
  [[nodiscard]] bool waits() const { return waits_; }

  /// To the end, with sinks that take all, some or nothing from step to step. Nothing when it does not end.
  std::optional<RunReport> run() {
    const auto run = make();
    bool going = true;
    for (int step = 0; going && step < kMostSteps; ++step) {
      for (PortScript& sink : sinks_) sink.transmit_room = room();
      going = run->step(kHour);
    }
    if (going) return std::nullopt;
    return run->finish();
  }

  /// The numbers of the packets that sink `sink` was given, sorted.
  std::vector<std::uint32_t> seen(std::size_t sink) {
    std::ranges::sort(sinks_[sink].seen);
    return sinks_[sink].seen;
  }
  /// The same as the model has it.
  std::vector<std::uint32_t> expected(std::size_t sink) const {
    std::vector<std::uint32_t> numbers;
    for (std::size_t source = 0; source < sources_.size(); ++source)
      for (std::uint32_t i = 0; i < sources_[source].send; ++i) {
        const auto number = static_cast<std::uint32_t>(source * kEachSource) + i;
        const std::vector<std::size_t>& arrivals = graph_.arrivals(source, number);
        numbers.insert(numbers.end(), static_cast<std::size_t>(std::ranges::count(arrivals, sink)), number);
      }
    std::ranges::sort(numbers);
    return numbers;
  }

 private:
  static void fill(Packet& packet, std::size_t number) {
    const auto value = static_cast<std::uint32_t>(number);
    std::memcpy(packet.data(), &value, sizeof(value));
    constexpr std::uint8_t kHeaders[] = {0x08, 0x00, 0x45, 0, 0, 46, 0, 0, 0, 0, 0, 17};
    std::memcpy(packet.data() + 12, kHeaders, sizeof(kHeaders));
    packet.data()[22] = RandomGraph::ttl_of(value);
  }

  std::uint32_t room() {
    constexpr std::uint32_t kRooms[] = {0, 1, 5, 64, ~0U, ~0U};
    return kRooms[dice_.next() % std::size(kRooms)];
  }

  /// Rings and bursts are short, so that they are full often. Where a burst or a copy has no room at all the
  /// file is refused, and there must be more.
  std::unique_ptr<Run> make() {
    const auto burst = static_cast<std::uint32_t>(1 + dice_.next() % 8);
    const auto length = static_cast<std::uint32_t>(8 + dice_.next() % 64);
    for (std::uint32_t more = 0; more < 10'000; more = 2 * more + 1) {
      Diagnostics diagnostics;
      auto pipeline = build(graph_.toml(more), diagnostics);
      if (!pipeline) {
        if (diagnostics.render().find("must ") == std::string::npos)
          throw std::runtime_error(diagnostics.render());
        continue;
      }
      pipeline->settings.burst = burst;
      pipeline->settings.packet_size = 64;
      for (std::size_t edge = 0; edge < pipeline->edges.size(); ++edge)
        pipeline->rings.push_back({.edge = edge, .length = length + more, .full = {}, .where = {}});
      auto plan = make_plan(*pipeline, machine_of(2), {}, diagnostics);
      if (!plan) continue;
      RunOptions options;
      options.clock = Clock::Kind::simulated;
      options.pin = false;
      auto run = Run::create(std::move(*pipeline), std::move(*plan), std::move(options));
      if (!run) throw std::runtime_error(run.error().text);
      return std::move(*run);
    }
    throw std::runtime_error("it is refused, whatever room there is");
  }

  std::optional<Pipeline> build(const std::string& toml, Diagnostics& diagnostics) {
    LoadOptions load;
    const auto swap = [&load](const std::string& name, PortScript& script) {
      Swap& added = load.swaps.emplace_back();
      added.port = name;
      added.make = [&script] { return scripted_port(script); };
    };
    for (std::size_t i = 0; i < sources_.size(); ++i) swap("a" + std::to_string(i), sources_[i]);
    for (std::size_t i = 0; i < sinks_.size(); ++i)
      if (toml.find("[ports.b" + std::to_string(i) + "]") != std::string::npos)
        swap("b" + std::to_string(i), sinks_[i]);
    const auto file = parse_pipeline("random.toml", toml, diagnostics);
    return file ? build_pipeline(*file, load, diagnostics) : std::nullopt;
  }

  RandomGraph graph_;
  Dice dice_;
  bool waits_;
  std::deque<PortScript> sources_;
  std::deque<PortScript> sinks_;
};

/// What was dropped although nobody asked for it, but for what rings drop that close a cycle: "e4.queue_full
/// 3".
std::string faults(const RunReport& report) {
  std::string text;
  const auto add = [&text](const std::string& name, std::uint64_t packets) {
    if (packets > 0) text += name + " " + std::to_string(packets) + "\n";
  };
  for (const ElementReport& element : report.elements) {
    add(element.name + ".no_buffer", element.no_buffer);
    for (const ExitReport& exit : element.exits)
      if (exit.kind == ExitKind::fault) add(element.name + "." + exit.name, exit.packets);
  }
  for (const RingReport& ring : report.rings) {
    add(ring.edge + ".stopped", ring.stopped);
    if (ring.full == "wait") add(ring.edge + ".ring_full", ring.dropped);
  }
  return text;
}

std::uint64_t dropped_in_cycles(const RunReport& report) {
  std::uint64_t sum = 0;
  for (const RingReport& ring : report.rings)
    if (ring.full == "drop") sum += ring.dropped;
  return sum;
}

struct Tally {
  std::uint64_t with_cycle = 0;
  std::uint64_t complete = 0;  ///< everything arrived
};

void try_graph(Trial& trial, Tally& tally) {
  const auto report = trial.run();
  if (!report) FAIL("it stands still");
  check_conserved(*report);
  const std::uint64_t lost = dropped_in_cycles(*report);
  if (trial.waits()) CHECK(faults(*report) == "");
  const bool complete = lost == 0 && faults(*report).empty();
  for (std::size_t sink = 0; sink < trial.graph().sinks(); ++sink) {
    const auto seen = trial.seen(sink);
    const auto expected = trial.expected(sink);
    // Nothing arrives that should not, and what is missing was dropped, by name.
    CHECK(std::ranges::includes(expected, seen));
    if (complete) CHECK(seen == expected);
  }
  tally.complete += complete;
  tally.with_cycle += std::ranges::count(report->rings, std::string("drop"), &RingReport::full) > 0;
}

}  // namespace

TEST_CASE("J5: graphs of elements that hold packets never stand still, and lose nothing without a name") {
  Tally tally;
  std::uint64_t tried = 0;
  const std::uint64_t wanted = graphs_to_draw();
  for (std::uint64_t seed = 1; tried < wanted; ++seed) {
    Trial trial(seed);
    if (!trial.graph().small()) continue;
    ++tried;
    INFO("seed " << seed << "\n" << trial.graph().toml(0));
    try_graph(trial, tally);
  }
  // The drawing has something of everything.
  CHECK(tally.with_cycle > tried / 10);
  CHECK(tally.complete > tried / 2);
}

}  // namespace ixyflow::test
