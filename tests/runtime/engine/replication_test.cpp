#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <vector>

#include "core/element/packet_element.hpp"
#include "core/net/flow/spread.hpp"
#include "core/packet/layers.hpp"
#include "tests/support/flow_captures.hpp"
#include "tests/support/runs.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace ixyflow::elements {

/// Knows, as who translates addresses must, which copy each packet is for.
class TestTranslator final : public PacketElement<TestTranslator> {
  enum : PortIndex { kOut, kElsewhere };

 public:
  static void describe(Spec<TestTranslator>& spec) {
    spec.doc("Passes on what its copy should have got.")
        .output(kOut, "out")
        .drop(kElsewhere, "elsewhere", "is for another copy")
        .replication(Replication::per_connection)
        .translates();
  }
  void configure(Configuration& configuration) override {
    copy_ = configuration.copy;
    copies_ = configuration.copies;
    for (std::uint32_t hash = 0; hash < 1000; ++hash)
      if (configuration.copy_of(hash) != spread(hash, Spreader::copies, copies_))
        configuration.error("", "does not know the copies");
  }
  PortIndex handle(Packet& packet) noexcept {
    return spread(flow_hash(packet), Spreader::copies, copies_) == copy_ ? kOut : kElsewhere;
  }

 private:
  std::uint32_t copy_ = 0;
  std::uint32_t copies_ = 1;
};
IXYFLOW_ELEMENT(TestTranslator);

}  // namespace ixyflow::elements

namespace {

constexpr std::uint32_t kFlows = 97;

std::string generator(std::uint32_t count) {
  return fmt::format(R"(
[ports.a]
driver = "generator"
flows = {}
count = {}
[ports.b]
driver = "null"
[elements.in]
type = "FromDevice"
port = "a"
[elements.count]
type = "Counter"
[elements.out]
type = "ToDevice"
port = "b"
)",
                     kFlows, count);
}

/// One core receives, `workers` work, one transmits.
std::string spread_and_merge(std::uint32_t workers, std::uint32_t count) {
  return generator(count) + fmt::format(R"(
[cores]
rx = {{}}
work = {{ count = {} }}
tx = {{}}
[graph]
paths = ["in -> count -> out"]
)",
                                        workers);
}

std::string with_cores(std::string toml, const std::map<std::string, std::string>& core_of) {
  for (const auto& [element, core] : core_of) {
    const std::string table = "[elements." + element + "]\n";
    toml.replace(toml.find(table), table.size(), table + "core = \"" + core + "\"\n");
  }
  return toml;
}

/// Every number below `count` is there once, and those of each flow in their order.
void check_complete_and_in_order(const std::vector<std::uint32_t>& seen, std::uint32_t count) {
  std::map<std::uint32_t, std::uint32_t> last;
  std::size_t wrong = 0;
  for (const std::uint32_t number : seen) {
    const auto [entry, first] = last.emplace(number % kFlows, number);
    if (first) continue;
    wrong += number <= entry->second;
    entry->second = number;
  }
  CHECK(wrong == 0);
  std::vector<std::uint32_t> sorted = seen;
  std::ranges::sort(sorted);
  CHECK(sorted == numbers(count));
}

}  // namespace

TEST_CASE("1, 2, 4 and 8 copies pass on the same packets, each flow in its order") {
  const std::uint32_t workers = GENERATE(1U, 2U, 4U, 8U);
  constexpr std::uint32_t kCount = 20'000;
  PortScript b{.number_of = PortScript::generated};
  const std::string toml =
      with_cores(spread_and_merge(workers, kCount), {{"in", "rx"}, {"count", "work"}, {"out", "tx"}});
  SECTION("stepped") {
    run_stepped(toml, {{"b", &b}});
  }
  SECTION("with a thread per copy") {
    run_threaded(toml, {{"b", &b}});
  }
  check_complete_and_in_order(b.seen, kCount);
}

TEST_CASE("a report shows each copy by itself, and their sum") {
  PortScript b{.number_of = PortScript::generated};
  const auto report = run_stepped(
      with_cores(spread_and_merge(3, 10'000), {{"in", "rx"}, {"count", "work"}, {"out", "tx"}}), {{"b", &b}});
  const ElementReport& sum = element(report, "count");
  CHECK(sum.core == "work");
  CHECK(sum.in == 10'000);
  REQUIRE(sum.copies.size() == 3);
  std::uint64_t in = 0;
  std::uint64_t bytes = 0;
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < sum.copies.size(); ++i) {
    const ElementReport& copy = sum.copies[i];
    CHECK(copy.core == "work." + std::to_string(i));
    CHECK(copy.in > 1000);  // 97 flows over three copies
    CHECK(copy.copies.empty());
    in += copy.in;
    bytes += copy.exits.at(0).bytes;
    counted += copy.counters.at(0).value;
  }
  CHECK(in == sum.in);
  CHECK(bytes == sum.exits.at(0).bytes);
  CHECK(counted == sum.counters.at(0).value);
  CHECK(element(report, "in").copies.empty());

  REQUIRE(report.rings.size() == 6);
  CHECK(report.rings[0].edge == "in -> count");
  CHECK(report.rings[0].from == "rx");
  CHECK(report.rings[0].to == "work.0");
  std::uint64_t through = 0;
  for (const RingReport& ring : report.rings)
    if (ring.from == "rx") through += ring.packets;
  CHECK(through == 10'000);
}

TEST_CASE("packets of both directions of a connection reach the same copy") {
  // Packets 2i and 2i + 1 are those of connection i, from one end and from the other one.
  PortScript a{.send = 2000, .fill = [](Packet& packet, std::uint32_t number) {
                 const std::uint32_t connection = number / 2;
                 std::memset(packet.data(), 0, 12);
                 std::memcpy(packet.data() + (number % 2 == 0 ? 0 : 6), &connection, sizeof(connection));
                 std::memcpy(packet.data() + 14, &number, sizeof(number));
               }};
  PortScript b{.transmit_queues = 4, .number_of = [](const Packet& packet) {
                 std::uint32_t number = 0;
                 std::memcpy(&number, packet.data() + 14, sizeof(number));
                 return number;
               }};
  run_stepped(with_cores(spread_and_merge(4, 1), {{"in", "rx"}, {"count", "work"}, {"out", "work"}}),
              {{"a", &a}, {"b", &b}});
  REQUIRE(b.seen_by_queue.size() == 4);
  for (auto& seen : b.seen_by_queue) {
    std::ranges::sort(seen);
    CHECK(seen.size() > 300);
    for (std::size_t i = 0; i + 1 < seen.size(); i += 2) CHECK(seen[i + 1] == seen[i] + 1);
    for (std::size_t i = 0; i < seen.size(); i += 2) CHECK(seen[i] % 2 == 0);
  }
}

TEST_CASE("flows that look alike are dealt out to four copies as random ones are") {
  for (const std::string& capture : kFlowCaptures) {
    const std::vector<Bytes> frames = frames_of_flows(capture);
    PortScript a{.send = 256, .fill = [&](Packet& packet, std::uint32_t number) {
                   std::ranges::copy(frames[number], packet.data());
                   packet.set_length(static_cast<std::uint32_t>(frames[number].size()));
                 }};
    PortScript b{.transmit_queues = 4};
    run_stepped(with_cores(spread_and_merge(4, 1), {{"in", "rx"}, {"count", "work"}, {"out", "work"}}),
                {{"a", &a}, {"b", &b}});
    REQUIRE(b.seen_by_queue.size() == 4);
    std::vector<std::uint64_t> shares;
    for (const auto& seen : b.seen_by_queue) shares.push_back(seen.size());
    CAPTURE(capture);
    check_even(shares);
  }
}

TEST_CASE("a copy knows which packets reach it by their flow hash") {
  for (const std::uint32_t workers : {1U, 2U, 5U}) {
    std::string toml = spread_and_merge(workers, 1000);
    toml.replace(toml.find("\"Counter\""), std::strlen("\"Counter\""), "\"TestTranslator\"");
    PortScript b{.number_of = PortScript::generated};
    run_stepped(with_cores(toml, {{"in", "rx"}, {"count", "work"}, {"out", "tx"}}), {{"b", &b}});
    CHECK(b.seen.size() == 1000);
  }
}

TEST_CASE("groups of one size are joined copy by copy, and a port's queues feed the copies directly") {
  PortScript b{.transmit_queues = 4, .number_of = PortScript::generated};
  const std::string toml = with_cores(generator(10'000) + R"(
[cores]
work = { count = 4 }
more = { count = 4 }
[elements.again]
type = "Counter"
core = "more"
[graph]
paths = ["in -> count -> again -> out"]
)",
                                      {{"in", "work"}, {"out", "more"}});
  RunReport report;
  SECTION("stepped") {
    report = run_stepped(toml, {{"b", &b}});
  }
  SECTION("with a thread per copy") {
    report = run_threaded(toml, {{"b", &b}});
  }
  REQUIRE(report.rings.size() == 4);
  REQUIRE(b.seen_by_queue.size() == 4);
  std::vector<std::uint32_t> all;
  for (std::size_t queue = 0; queue < 4; ++queue) {
    CHECK(report.rings[queue].from == "work." + std::to_string(queue));
    CHECK(report.rings[queue].to == "more." + std::to_string(queue));
    // The generator's queues have every fourth flow each; within a queue the order is that of the numbers.
    const auto& seen = b.seen_by_queue[queue];
    CHECK(std::ranges::all_of(seen, [&](std::uint32_t n) { return n % kFlows % 4 == queue; }));
    CHECK(std::ranges::is_sorted(seen));
    all.insert(all.end(), seen.begin(), seen.end());
  }
  check_complete_and_in_order(all, 10'000);
}

TEST_CASE("many copies are merged fairly into one") {
  PortScript b{.number_of = PortScript::generated};
  run_stepped(with_cores(generator(40'000) + R"(
[cores]
work = { count = 4 }
tx = {}
[graph]
paths = ["in -> count -> out"]
)",
                         {{"in", "work"}, {"out", "tx"}}),
              {{"b", &b}});
  check_complete_and_in_order(b.seen, 40'000);
  std::array<std::uint32_t, 4> taken{};
  for (std::size_t i = 0; i < 4000; ++i) ++taken[b.seen[i] % kFlows % 4];
  for (const std::uint32_t count : taken) CHECK(count >= 800);
}

TEST_CASE("packets are spread over other cores and their own one") {
  // A port with one queue: one copy receives, and deals out to all copies of what follows, that beside it
  // too.
  PortScript a{.send = 20'000};
  PortScript b;
  const std::string toml = with_cores(generator(1) + R"(
[cores]
work = { count = 3 }
tx = {}
[graph]
paths = ["in -> count -> out"]
)",
                                      {{"in", "work"}, {"count", "work"}, {"out", "tx"}});
  RunReport report;
  SECTION("stepped") {
    report = run_stepped(toml, {{"a", &a}, {"b", &b}});
  }
  SECTION("with a thread per copy") {
    report = run_threaded(toml, {{"a", &a}, {"b", &b}});
  }
  REQUIRE(element(report, "count").copies.size() == 3);
  for (const ElementReport& copy : element(report, "count").copies) CHECK(copy.in > 5000);
  CHECK(element(report, "in").copies.empty());
  CHECK(report.rings.size() == 5);
  std::ranges::sort(b.seen);
  CHECK(b.seen == numbers(20'000));
}

TEST_CASE("H6: copies go on when a sink that hoards has emptied their pools") {
  PortScript b{.hoard = 3000, .number_of = PortScript::generated};
  run_stepped(with_cores(spread_and_merge(4, 20'000), {{"in", "rx"}, {"count", "work"}, {"out", "tx"}}),
              {{"b", &b}});
  check_complete_and_in_order(b.seen, 20'000);
}

TEST_CASE("a spread in front of a port that stands still loses nothing of a source that can wait") {
  PortScript b{.transmit_room = 0, .number_of = PortScript::generated};
  RunOptions options;
  options.clock = Clock::Kind::simulated;
  auto run =
      make_run(with_cores(spread_and_merge(4, 20'000), {{"in", "rx"}, {"count", "work"}, {"out", "tx"}}),
               {{"b", &b}}, std::move(options));
  for (int i = 0; i < 1000; ++i) run->step(0);
  CHECK(b.seen.empty());
  b.transmit_room = ~0U;
  while (run->step(0)) continue;
  const auto report = run->finish();
  check_conserved(report);
  check_complete_and_in_order(b.seen, 20'000);
  for (const RingReport& ring : report.rings) CHECK(ring.dropped == 0);
}
