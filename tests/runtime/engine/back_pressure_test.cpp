#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/element/packet_element.hpp"
#include "core/packet/packet_queue.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace ixyflow::elements {

/// Gives packets out by tens, and at the end what is left of one.
class TestTens final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<TestTens>& spec) { spec.doc("Gives out tens.").output(kOut, "out"); }
  void prepare(Outputs& /*outputs*/) override { packets_ = PacketQueue(capacity()); }
  void process(PortIndex /*input*/, Batch& batch, Outputs& /*outputs*/) noexcept override {
    packets_.push(batch.packets());
    batch.clear();
  }
  void poll(Outputs& outputs) noexcept override {
    if (packets_.size() >= 10) give_out(10, outputs);
  }
  void flush(Outputs& outputs) noexcept override { give_out(packets_.size(), outputs); }
  std::uint32_t room(PortIndex /*input*/) const noexcept override { return capacity() - packets_.size(); }
  std::uint64_t held() const noexcept override { return packets_.size(); }
  /// Beside what waits for the tenth a burst fits, or nothing would come in any more.
  std::uint32_t capacity() const noexcept override { return 128; }

 private:
  void give_out(std::uint32_t most, Outputs& outputs) noexcept {
    most = std::min({most, outputs.burst(), outputs.room(kOut)});
    for (; most > 0; --most) outputs.push(kOut, packets_.pop());
  }

  PacketQueue packets_;
};
IXYFLOW_ELEMENT(TestTens);

}  // namespace ixyflow::elements

namespace {

constexpr Nanoseconds kHour = 3'600'000'000'000;

/// in -> queue -> out on one core, with a capacity.
std::string queue_of(int capacity) {
  return in_and_out() + "[elements.queue]\ntype = \"Queue\"\ncapacity = " + std::to_string(capacity) +
         "\n[graph]\npaths = [\"in -> queue -> out\"]\n";
}

/// in (core first) -> queue -> line (core second, 1 ms) -> out
const std::string kQueueThenDelay = "[cores]\nfirst = {}\nsecond = {}\n" + in_and_out("first", "second") + R"(
[elements.queue]
type = "Queue"
capacity = 10
[elements.line]
type = "Delay"
time = "1ms"
capacity = 100
core = "second"
[graph]
paths = ["in -> queue -> line -> out"]
)";

/// Two files into one queue: a, which `in` reads, and c, which `other` does.
std::string two_into_one_queue(const std::string& before_queue = "") {
  return in_and_out() + R"(
[ports.c]
driver = "null"
[elements.other]
type = "FromDevice"
port = "c"
[elements.queue]
type = "Queue"
capacity = 64
)" + before_queue +
         "[graph]\npaths = [\"in -> queue -> out\", \"other -> queue\"]\n";
}

}  // namespace

TEST_CASE("J1: a file in front of a queue loses nothing, however small the queue is") {
  const int capacity = GENERATE(1, 10, 63, 64, 65, 1000);
  PortScript a{.send = 5000};
  PortScript b;
  SECTION("and the port behind it takes all") {
    run_stepped(queue_of(capacity), {{"a", &a}, {"b", &b}});
  }
  SECTION("and the port behind it takes a few at a time") {
    b.transmit_room = 7;
    b.largest_room = 7;
    run_stepped(queue_of(capacity), {{"a", &a}, {"b", &b}});
  }
  SECTION("threaded") {
    run_threaded(queue_of(capacity), {{"a", &a}, {"b", &b}});
  }
  CHECK(b.seen == numbers(5000));
}

TEST_CASE("J1: a file in front of queues on several cores and a Delay loses nothing") {
  PortScript a{.send = 3000};
  PortScript b;
  RunReport report;
  SECTION("stepped") {
    report = run_stepped(kQueueThenDelay, {{"a", &a}, {"b", &b}}, kHour);
  }
  SECTION("threaded") {
    report = run_threaded(kQueueThenDelay, {{"a", &a}, {"b", &b}});
  }
  CHECK(b.seen == numbers(3000));
  CHECK(report.ledger.dropped == 0);
}

TEST_CASE("a Delay holds every packet for its time, also those of the end of a run, on the simulated clock") {
  PortScript a{.send = 250};
  PortScript b;
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run = make_run(kQueueThenDelay, {{"a", &a}, {"b", &b}}, std::move(options));
  std::vector<std::uint32_t> by_time;  // packets that were out at each time at which something moved
  while (run->step(kHour))
    if (by_time.empty() || by_time.back() != b.transmitted) by_time.push_back(b.transmitted);
  const RunReport report = run->finish();
  check_conserved(report);
  // 100 at a time fit the line, and each hundred takes its millisecond.
  CHECK(b.seen == numbers(250));
  CHECK(report.ledger.dropped == 0);
  CHECK(by_time.size() >= 3);
}

TEST_CASE("J1: a source that cannot wait is polled all the same, and the queue drops what has no room") {
  PortScript a{.send = 5000, .can_wait = false};
  PortScript b;
  const RunReport report = run_stepped(queue_of(10), {{"a", &a}, {"b", &b}});
  CHECK(left_by(report, "queue", "queue_full") > 0);
  CHECK(left_by(report, "queue", "queue_full") + b.seen.size() == 5000);
}

TEST_CASE("J1: copies have room before they are made") {
  PortScript a{.send = 1000};
  PortScript b;
  const RunReport report = run_stepped(in_and_out() + R"(
[elements.tee]
type = "Tee"
[elements.queue]
type = "Queue"
capacity = 7
[graph]
paths = ["in -> tee -> queue -> out", "tee[1] -> queue", "tee[2] -> queue"]
)",
                                       {{"a", &a}, {"b", &b}});
  CHECK(report.ledger.dropped == 0);
  CHECK(b.seen.size() == 3000);
}

TEST_CASE("a file that has ended, or gives nothing now, keeps no room from another one") {
  PortScript a{.send = 10};
  PortScript b;
  PortScript c{.send = 1000};
  SECTION("ended") {}
  SECTION("slow") {
    a.send = 1000;
    a.burst = 1;
    a.on_receive = [&] { a.burst = c.sent == c.send ? 1 : 0; };
  }
  const RunReport report = run_stepped(two_into_one_queue(), {{"a", &a}, {"b", &b}, {"c", &c}});
  CHECK(report.ledger.dropped == 0);
  CHECK(b.seen.size() == a.send + c.send);
}

TEST_CASE("two files that fill the same queue take turns") {
  PortScript a{.send = 64'000};
  PortScript b;
  PortScript c{.send = 64'000};
  std::set<std::uint32_t> a_when_c_moved;
  c.on_receive = [&] { a_when_c_moved.insert(a.sent); };
  run_stepped(two_into_one_queue(), {{"a", &a}, {"b", &b}, {"c", &c}});
  CHECK(b.seen.size() == 128'000);
  // Neither had to wait for the end of the other.
  CHECK(a_when_c_moved.size() > 500);
}

TEST_CASE("what is given out at the end of a run only needs room, too") {
  PortScript a{.send = 507};
  PortScript b;
  PortScript c{.send = 508};
  const RunReport report = run_stepped(in_and_out() + R"(
[ports.c]
driver = "null"
[elements.other]
type = "FromDevice"
port = "c"
[elements.left]
type = "TestTens"
[elements.right]
type = "TestTens"
[elements.queue]
type = "Queue"
capacity = 10
[graph]
paths = ["in -> left -> queue -> out", "other -> right -> queue"]
)",
                                       {{"a", &a}, {"b", &b}, {"c", &c}});
  CHECK(report.ledger.dropped == 0);
  CHECK(b.seen.size() == 1015);
}

TEST_CASE("J5: a cycle through queues neither stands still nor loses a packet without a name") {
  const bool far = GENERATE(false, true);
  PortScript a{.send = 5000};
  PortScript b;
  const std::string toml =
      (far ? "[cores]\nfirst = {}\nsecond = {}\n" + in_and_out("first", "second") : in_and_out()) +
      R"(
[elements.here]
type = "Queue"
capacity = 20
[elements.again]
type = "RoundRobinSwitch"
)" + (far ? "core = \"second\"\n" : "") +
      R"(
[elements.back]
type = "Queue"
capacity = 20
[graph]
paths = ["in -> here -> again", "again[0] -> out", "again[1] -> back -> here"]
)";
  RunReport report;
  SECTION("stepped") {
    report = run_stepped(toml, {{"a", &a}, {"b", &b}});
  }
  SECTION("threaded") {
    report = run_threaded(toml, {{"a", &a}, {"b", &b}});
  }
  CHECK(b.seen.size() + report.ledger.dropped == 5000);
  const auto closing = std::ranges::find(report.rings, std::string("drop"), &RingReport::full);
  REQUIRE(closing != report.rings.end());
  CHECK(closing->edge == "back -> here");
  CHECK(report.ledger.dropped == closing->dropped);
}

TEST_CASE("a stop drops what a Delay still holds, by name, without waiting for its time") {
  PortScript a{.send = 100};
  PortScript b;
  auto run = make_run(in_and_out() + R"(
[elements.line]
type = "Delay"
time = "1h"
[graph]
paths = ["in -> line -> out"]
)",
                      {{"a", &a}, {"b", &b}});
  REQUIRE(run->start());
  CHECK_FALSE(run->wait(Duration{50'000'000}));
  run->request_stop("SIGINT");
  REQUIRE(run->wait(Duration{30'000'000'000}));
  const RunReport report = run->finish();
  check_conserved(report);
  CHECK(left_by(report, "line", "stopped") == 100);
  CHECK(b.seen.empty());
}

TEST_CASE("that sources waited for room in an element is in the report") {
  PortScript a{.send = 2'000};
  PortScript b;
  const RunReport report = run_threaded(in_and_out() + R"(
[elements.line]
type = "Delay"
time = "20ms"
capacity = 100
[graph]
paths = ["in -> line -> out"]
)",
                                        {{"a", &a}, {"b", &b}});
  CHECK(b.seen == numbers(2'000));
  // It waits for about 380 ms, whatever else the machine does meanwhile.
  CHECK(element(report, "line").waited_for > 0);
}
