#include "core/runtime/control/run.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "core/element/packet_element.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

const std::string kPorts = in_and_out();

const std::string kChain = kPorts + R"(
[elements.count]
type = "Counter"
[graph]
paths = ["in -> count -> out"]
)";

const std::string kQueue = kPorts + R"(
[elements.queue]
type = "Queue"
capacity = 2000
[graph]
paths = ["in -> queue -> out"]
)";

const std::string kTwoCores = "[cores]\nfirst = {}\nsecond = {}\n" + in_and_out("first") + R"(
[elements.count]
type = "Counter"
[elements.far]
type = "Counter"
core = "second"
[graph]
paths = ["in -> count -> far -> out"]
)";

}  // namespace

TEST_CASE("every packet goes from end to end in order, at every burst") {
  for (const char* burst : {"1", "7", "64", "256"}) {
    PortScript a{.send = 1000};
    PortScript b;
    const auto report =
        run_stepped("[pipeline]\nburst = " + std::string(burst) + kChain, {{"a", &a}, {"b", &b}});
    CHECK(b.seen == numbers(1000));
    CHECK(element(report, "count").in == 1000);
    CHECK(left_by(report, "out", "sent") == 1000);
    CHECK(report.ledger.received == 1000);
    CHECK(report.ledger.sent == 1000);
    CHECK(report.stopped_by == "end");
  }
}

TEST_CASE("edges count packets and bytes by themselves") {
  PortScript a{.send = 10, .frame_length = 100};
  PortScript b;
  const auto report = run_stepped(kChain, {{"a", &a}, {"b", &b}});
  const auto& exits = element(report, "in").exits;
  REQUIRE(exits.size() == 1);
  CHECK(exits[0].to == "count");
  CHECK(exits[0].packets == 10);
  CHECK(exits[0].bytes == 1000);
  CHECK(report.ports[1].transmitted_bytes == 1000);
}

TEST_CASE("with a thread per core the same packets arrive in the same order") {
  PortScript a{.send = 100'000};
  PortScript b;
  const auto report = run_threaded(kTwoCores, {{"a", &a}, {"b", &b}});
  CHECK(b.seen == numbers(100'000));
  REQUIRE(report.rings.size() == 1);
  CHECK(report.rings[0].packets == 100'000);
  CHECK(report.rings[0].dropped == 0);
}

TEST_CASE("a source that can wait loses nothing to a slow core behind a ring") {
  PortScript a{.send = 20'000};
  PortScript b;
  b.on_transmit = [] { std::this_thread::sleep_for(std::chrono::microseconds(200)); };
  run_threaded(kTwoCores, {{"a", &a}, {"b", &b}});
  CHECK(b.seen == numbers(20'000));
}

TEST_CASE(
    "J1: a source that cannot wait drops as ring_full in front of a core that stands still, and order is kept") {
  PortScript a{.send = 5000, .can_wait = false};
  PortScript b{.transmit_room = 0};
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(kTwoCores, {{"a", &a}, {"b", &b}}, std::move(options));
  while (run->step(0))
    if (a.sent == a.send) b.transmit_room = ~0U;
  const auto report = run->finish();
  check_conserved(report);
  const RingReport& ring = report.rings[0];
  CHECK(ring.packets == ring.length);
  CHECK(ring.dropped == 5000 - ring.length);
  CHECK(b.seen == numbers(ring.length));
}

TEST_CASE("what a port does not take is dropped as tx_full when the source cannot wait") {
  PortScript a{.send = 1000, .can_wait = false};
  PortScript b{.transmit_room = 10};
  const auto report = run_stepped(kChain, {{"a", &a}, {"b", &b}});
  CHECK(left_by(report, "out", "tx_full") > 0);
  CHECK(left_by(report, "out", "tx_full") + b.seen.size() == 1000);
}

TEST_CASE("H6: a sink that hoards empties the pool; the source goes on as soon as buffers are back") {
  PortScript a{.send = 10'000};
  PortScript b{.hoard = 5000};
  run_stepped(kChain, {{"a", &a}, {"b", &b}});
  CHECK(b.seen == numbers(10'000));
}

TEST_CASE("split traffic that meets again arrives complete") {
  PortScript a{.send = 5000};
  PortScript b;
  const auto report = run_stepped(kPorts + R"(
[elements.spread]
type = "RoundRobinSwitch"
[elements.left]
type = "Counter"
[elements.right]
type = "Counter"
[graph]
paths = ["in -> spread", "spread[0] -> left -> out", "spread[1] -> right -> out"]
)",
                                  {{"a", &a}, {"b", &b}});
  CHECK(element(report, "left").in == 2500);
  CHECK(element(report, "right").in == 2500);
  std::sort(b.seen.begin(), b.seen.end());
  CHECK(b.seen == numbers(5000));
}

TEST_CASE("copies that fill an input several times over make its element run at once") {
  PortScript a{.send = 512};
  PortScript b;
  const auto report = run_stepped("[pipeline]\nburst = 256" + kPorts + R"(
[elements.tee]
type = "Tee"
[elements.count]
type = "Counter"
[graph]
paths = ["in -> tee", "tee[0] -> count", "tee[1] -> count", "tee[2] -> count", "tee[3] -> count -> out"]
)",
                                  {{"a", &a}, {"b", &b}});
  CHECK(element(report, "count").in == 4 * 512);
  CHECK(report.ledger.created == 3 * 512);
}

TEST_CASE("an output that leads nowhere is a drop with its name") {
  PortScript a{.send = 100};
  PortScript b;
  const auto report = run_stepped(kPorts + R"(
[elements.filter]
type = "Filter"
expr = "udp"
[graph]
paths = ["in -> filter -> out"]
)",
                                  {{"a", &a}, {"b", &b}});
  CHECK(left_by(report, "filter", "other") == 100);
  CHECK(report.ledger.dropped == 100);
}

TEST_CASE("an ordinary cycle runs, through a ring of its own, and ends") {
  PortScript a{.send = 300};
  PortScript b;
  // Half of what comes goes round again; everything leaves in the end.
  const auto report = run_stepped(kPorts + R"(
[elements.again]
type = "RoundRobinSwitch"
[elements.count]
type = "Counter"
[graph]
paths = ["in -> count -> again", "again[0] -> out", "again[1] -> count"]
)",
                                  {{"a", &a}, {"b", &b}});
  CHECK(b.seen.size() == 300);
  CHECK(element(report, "count").in > 300);
  REQUIRE(report.rings.size() == 1);
  CHECK(report.rings[0].full == "drop");
}

TEST_CASE("J5: cores that feed each other do not stand still when both rings are full") {
  PortScript a{.send = 30'000};
  PortScript b;
  const auto report = run_threaded(R"(
[cores]
first = {}
second = {}
[ports.a]
driver = "null"
[ports.b]
driver = "null"
[elements.in]
type = "FromDevice"
port = "a"
core = "first"
[elements.there]
type = "Counter"
core = "first"
[elements.back]
type = "RoundRobinSwitch"
core = "second"
[elements.out]
type = "ToDevice"
port = "b"
core = "second"
[graph]
paths = ["in -> there -> back", "back[0] -> out", "back[1] -> there"]
)",
                                   {{"a", &a}, {"b", &b}});
  CHECK(b.seen.size() + report.ledger.dropped == 30'000);
}

TEST_CASE("a queue gives out all that it holds when the sources have ended") {
  PortScript a{.send = 1000};
  PortScript b;
  run_stepped(kQueue, {{"a", &a}, {"b", &b}});
  CHECK(b.seen == numbers(1000));
}

TEST_CASE("what a queue holds at the end waits for a port that takes nothing for more than a second") {
  PortScript a{.send = 100};
  PortScript b{.transmit_room = 0};
  auto run = make_run(kQueue, {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  CHECK_FALSE(run->wait(Duration{2'500'000'000}));
  b.transmit_room = ~0U;
  REQUIRE(run->wait(Duration{10'000'000'000}));
  check_conserved(run->finish());
  CHECK(b.seen == numbers(100));
}

TEST_CASE("a stop while a port takes nothing drops what is held, within the time of a stop") {
  PortScript a{.send = 100};
  PortScript b{.transmit_room = 0};
  auto run = make_run(kQueue, {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  CHECK_FALSE(run->wait(Duration{100'000'000}));
  run->request_stop("SIGINT");
  REQUIRE(run->wait(Duration{10'000'000'000}));
  const auto report = run->finish();
  check_conserved(report);
  CHECK(left_by(report, "queue", "stopped") == 100);
  CHECK(b.seen.empty());
}

TEST_CASE("a snapshot is consistent while the pipeline works") {
  PortScript a{.send = 600'000};
  PortScript b;
  b.seen.reserve(600'000);
  auto run = make_run(kChain, {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  std::uint64_t last = 0;
  for (bool ended = false; !ended;) {
    ended = run->wait(Duration{1'000'000});
    if (ended) break;
    const auto report = run->snapshot();
    if (report.workers[0].stale) continue;
    CHECK(report.ledger.balanced());
    CHECK(element(report, "count").in == element(report, "in").received);
    CHECK(element(report, "count").in >= last);
    last = element(report, "count").in;
  }
  check_conserved(run->finish());
  CHECK(last > 0);
}

TEST_CASE("a stop ends an endless run, with everything accounted for") {
  PortScript a{.send = ~0U};
  PortScript b;
  auto run = make_run(kTwoCores, {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  CHECK_FALSE(run->wait(Duration{20'000'000}));
  run->request_stop("SIGINT");
  REQUIRE(run->wait(Duration{5'000'000'000}));
  const auto report = run->finish();
  check_conserved(report);
  CHECK(report.stopped_by == "SIGINT");
  CHECK(report.ledger.sent == report.ledger.received);
}

TEST_CASE("a run that was never started gives everything back") {
  PortScript a{.send = 10};
  PortScript b;
  auto run = make_run(kChain, {{"a", &a}, {"b", &b}});
  check_conserved(run->finish());
}

TEST_CASE("a run can end before its first packet") {
  PortScript a{.send = ~0U};
  PortScript b;
  auto run = make_run(kTwoCores, {{"a", &a}, {"b", &b}});
  run->request_stop("SIGTERM");
  REQUIRE(run->start());
  REQUIRE(run->wait(Duration{5'000'000'000}));
  check_conserved(run->finish());
}

TEST_CASE("a trace shows every step of the first packets, in order, and where they ended") {
  PortScript a{.send = 200};
  PortScript b;
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  options.trace = 2;
  auto run = make_run(kChain, {{"a", &a}, {"b", &b}}, std::move(options));
  while (run->step(0)) continue;
  check_conserved(run->finish());
  std::vector<std::string> steps;
  for (const TraceStep& step : run->trace())
    steps.push_back(std::to_string(step.packet) + " " + step.element + " " + step.exit);
  CHECK(steps == std::vector<std::string>{"1 in out", "1 count out", "1 out sent", "2 in out", "2 count out",
                                          "2 out sent"});
  CHECK(run->trace()[1].before == run->trace()[1].after);
  CHECK(b.seen == numbers(200));
}
