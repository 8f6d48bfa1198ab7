// The same thing over and over, under traffic: whatever is lost each time is found here. Few times by
// default; IXYFLOW_ENDURANCE=full as often as it should never fail.

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "tests/ixgbe/software_card.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// How a port is set up: each start differs from the last.
struct Setting {
  std::uint32_t packet_size;
  std::uint32_t descriptors;
  std::uint32_t queues;
  bool strip;
};
constexpr Setting kSettings[] = {
    {2048, 64, 1, false}, {9216, 256, 2, true}, {4096, 128, 4, false}, {1536, 512, 1, true}};

/// A generator sends by the card as much as goes, and what comes back from the wire is counted.
constexpr std::string_view kLoop = R"(
[pipeline]
idle = "sleep"
packet_size = {}

[cores]
main = {{}}
work = {{ count = {} }}

[ports.source]
driver = "generator"
flows = 64

[ports.card]
driver = "ixgbe"
device = "{}"
receive_descriptors = {}
transmit_descriptors = {}
vlan_strip = {}

[elements.source]
type = "FromDevice"
port = "source"
core = "main"

[elements.to_card]
type = "ToDevice"
port = "card"

[elements.from_card]
type = "FromDevice"
port = "card"
core = "work"

[graph]
paths = ["source -> to_card", "from_card -> Discard"]
)";

std::string loop_through(const std::string& device, const Setting& setting) {
  return fmt::format(kLoop, setting.packet_size, setting.queues, device, setting.descriptors,
                     setting.descriptors, setting.strip);
}

/// What events say, counted.
struct Events {
  std::atomic<std::uint32_t> up{0};
  std::atomic<std::uint32_t> down{0};
  std::atomic<std::uint32_t> others{0};

  EventSink sink() {
    return [this](EventKind, std::string_view text) {
      if (text.contains("link is up"))
        ++up;
      else if (text.contains("link is down"))
        ++down;
      else
        ++others;
    };
  }
};

template <class Condition>
void wait_until(Run& run, Condition condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    REQUIRE_FALSE(run.wait(Duration{500'000}));
  }
}

std::uint64_t came_back(Run& run) {
  return left_by(run.snapshot(), "from_card", "out");
}

/// Until so many more packets have come back from the wire.
void await_traffic(Run& run, std::uint64_t more = 200) {
  const std::uint64_t before = came_back(run);
  wait_until(run, [&] { return came_back(run) >= before + more; });
}

void end_well(Run& run) {
  run.request_stop("test");
  REQUIRE(run.wait(Duration{60'000'000'000}));
  const RunReport report = run.finish();
  CHECK(run.exit_code() == ExitCode::ok);
  check_conserved(report);
}

}  // namespace

TEST_CASE("G12 started and stopped under traffic, each time set up differently") {
  SoftwareCard card("loop");
  for (std::size_t i = 0; i < times(24, 10'000); ++i) {
    INFO("start " << i);
    auto run = make_run(loop_through(card.device(), kSettings[i % std::size(kSettings)]), {});
    REQUIRE(run->start());
    await_traffic(*run);
    end_well(*run);
  }
}

TEST_CASE("G12 a link that is lost under traffic, again and again") {
  SoftwareCard card("loop");
  Events events;
  RunOptions options;
  options.event = events.sink();
  auto run = make_run(loop_through(card.device(), kSettings[0]), {}, std::move(options));
  REQUIRE(run->start());
  const std::size_t flaps = times(12, 1'000);
  for (std::uint32_t i = 1; i <= flaps; ++i) {
    INFO("flap " << i);
    await_traffic(*run);
    card.command("link down");
    wait_until(*run, [&] { return events.down == i; });
    card.command("link up");
    wait_until(*run, [&] { return events.up == i + 1; });
  }
  await_traffic(*run);
  CHECK(events.others == 0);
  end_well(*run);
}
