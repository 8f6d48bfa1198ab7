#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/element/spec.hpp"
#include "core/net/flow/flow_key.hpp"
#include "core/net/parser.hpp"
#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

struct Row {
  std::string flow;
  std::int64_t packets = 0;
  std::int64_t bytes = 0;
  friend bool operator==(const Row&, const Row&) = default;
  friend std::ostream& operator<<(std::ostream& stream, const Row& row) {
    return stream << row.flow << " " << row.packets << " " << row.bytes;
  }
};

/// What the view `top` shows, in the order of the view.
std::vector<Row> top_of(ElementHarness& harness) {
  const ViewSpec& view = harness.spec().views.at(0);
  std::vector<Row> rows;
  for (const Value::Table& row : view.rows(harness.element()))
    rows.push_back({*find(row, "flow")->value.get_if<std::string>(),
                    *find(row, "packets")->value.get_if<std::int64_t>(),
                    *find(row, "bytes")->value.get_if<std::int64_t>()});
  std::ranges::sort(rows, std::ranges::greater(), &Row::bytes);
  return rows;
}

Bytes udp_from(std::uint16_t port, std::size_t payload = 18) {
  return ethernet({}, ipv4({}, udp({.source = port}, counting(payload))));
}
std::string flow_from(unsigned port) {
  return "192.0.2.1:" + std::to_string(port) + " > 198.51.100.2:53 udp";
}

}  // namespace

TEST_CASE("FlowCounter counts packets and bytes of each flow and passes everything on untouched") {
  ElementHarness flows("FlowCounter");
  const auto sent = flows.send_batch({udp_from(1), udp_from(2, 100), udp_from(1), arp_frame()});
  CHECK(exits_of(sent) == std::vector<std::string>{"out", "out", "out", "out"});
  CHECK(sent[1].bytes == udp_from(2, 100));
  flows.send(udp_from(2, 100));
  flows.send(udp_from(2, 100));
  CHECK(flows.counter("flows") == 2);
  CHECK(flows.counter("added") == 2);
  CHECK(flows.counter("not_ip") == 1);
  flows.advance_to(1);
  CHECK(top_of(flows) == std::vector<Row>{{flow_from(2), 3, 426}, {flow_from(1), 2, 120}});
}

TEST_CASE("FlowCounter counts the bytes that a cut frame had on the wire") {
  ElementHarness flows("FlowCounter");
  flows.send(Input(udp_from(1, 100).first(42), 142));
  flows.advance_to(1);
  CHECK(top_of(flows) == std::vector<Row>{{flow_from(1), 1, 142}});
}

TEST_CASE("FlowCounter shows what is so now: once a second, the flows with most bytes, no more than `top`") {
  ElementHarness flows("FlowCounter", "shown = 3");
  for (std::uint16_t port = 1; port <= 50; ++port) flows.send(udp_from(port, port));
  flows.advance_to(1);
  CHECK(top_of(flows) ==
        std::vector<Row>{{flow_from(50), 1, 92}, {flow_from(49), 1, 91}, {flow_from(48), 1, 90}});
  for (int i = 0; i < 10; ++i) flows.send(udp_from(7, 7));
  flows.advance_to(2 * kSecond);
  CHECK(top_of(flows)[0] == Row{flow_from(7), 11, 539});
}

TEST_CASE("FlowCounter forgets flows that were silent for `idle`, also while no packet passes") {
  ElementHarness flows("FlowCounter", "idle = \"10s\"");
  flows.send_batch({udp_from(1), udp_from(2)});
  flows.advance_to(9 * kSecond);
  flows.send(udp_from(2));
  CHECK(flows.counter("flows") == 2);
  flows.advance_to(12 * kSecond);
  CHECK(flows.counter("flows") == 1);
  CHECK(flows.counter("expired") == 1);
  CHECK(top_of(flows) == std::vector<Row>{{flow_from(2), 2, 120}});
  flows.advance_to(22 * kSecond);
  CHECK(flows.counter("flows") == 0);
  CHECK(flows.counter("expired") == 2);
  CHECK(top_of(flows).empty());
  // It begins anew, and from 0.
  flows.send(udp_from(2));
  flows.advance_to(23 * kSecond);
  CHECK(flows.counter("added") == 3);
  CHECK(top_of(flows) == std::vector<Row>{{flow_from(2), 1, 60}});
}

TEST_CASE("FlowCounter lets flows that find it full pass uncounted, and says so") {
  ElementHarness flows("FlowCounter", "capacity = 10\nidle = \"5s\"");
  for (std::uint16_t port = 1; port <= 15; ++port) CHECK(flows.send(udp_from(port)).exit == "out");
  flows.send(udp_from(15));
  flows.send(udp_from(1));
  CHECK(flows.counter("flows") == 10);
  CHECK(flows.counter("refused") == 6);
  flows.advance_to(8 * kSecond);
  flows.send(udp_from(15));
  CHECK(flows.counter("flows") == 1);
}

TEST_CASE("D25: FlowCounter under a flood of flows keeps its memory, its bound and the flows that it has") {
  ElementHarness flows("FlowCounter", "capacity = 1000\nshown = 1");
  flows.send(udp_from(500));
  for (std::uint16_t port = 1; port <= 1000; ++port) flows.send(udp_from(port));
  std::vector<Bytes> flood;
  for (std::uint16_t port = 10'000; port < 10'256; ++port) flood.push_back(udp_from(port));
  for (int i = 0; i < 20; ++i) flows.send_batch(flood);
  for (int i = 0; i < 30; ++i) flows.send(udp_from(500));
  // The last places of a full table are not found by every flow, as the seed will have it: some of the flood
  // may have them.
  const std::uint64_t live = flows.counter("flows");
  CHECK(live <= 1000);
  CHECK(live > 900);
  CHECK(flows.counter("added") == live);
  CHECK(flows.counter("refused") >= 20 * (flood.size() - 100));
  flows.advance_to(1);
  CHECK(top_of(flows) == std::vector<Row>{{flow_from(500), 32, 1920}});
}

TEST_CASE("FlowCounter sweeps a large table in pieces, and shows it when it has seen all of it") {
  ElementHarness flows("FlowCounter", "shown = 1");
  flows.send(udp_from(1, 1000));
  flows.advance_to(1);
  for (std::uint16_t port = 1; port <= 5000; ++port) flows.send(udp_from(port, 10));
  flows.send(udp_from(5000, 1200));
  flows.advance_to(kSecond + 1);
  CHECK(top_of(flows)[0].flow == flow_from(1));
  flows.advance_to(kSecond + 10'000'000);
  CHECK(top_of(flows)[0].flow == flow_from(5000));
}

TEST_CASE("FlowCounter's figures of a real capture are those of a map") {
  const auto capture = read_capture(source_path() / "pipelines/captures/internet-4k.pcap");
  REQUIRE(capture);
  ElementHarness flows("FlowCounter", "shown = 100");
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> expected;
  std::uint64_t others = 0;
  std::vector<Input> batch;
  for (const CapturedFrame& frame : capture->frames) {
    batch.emplace_back(frame.bytes, frame.wire_length);
    if (batch.size() == 64) {
      flows.send_batch(batch);
      batch.clear();
    }
    FlowKey key;
    if (!read_flow_key(frame.bytes, parse_layers(frame.bytes), key)) {
      ++others;
      continue;
    }
    auto& [packets, bytes] = expected[show(key)];
    ++packets;
    bytes += frame.wire_length;
  }
  if (!batch.empty()) flows.send_batch(batch);
  flows.advance_to(kSecond);
  CHECK(flows.counter("flows") == expected.size());
  CHECK(flows.counter("not_ip") == others);
  const auto rows = top_of(flows);
  REQUIRE(rows.size() == std::min<std::size_t>(100, expected.size()));
  std::vector<std::int64_t> sizes;
  for (const auto& [flow, traffic] : expected) sizes.push_back(traffic.second);
  std::ranges::sort(sizes, std::ranges::greater());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].bytes == sizes[i]);
    CHECK(expected[rows[i].flow] == std::pair(rows[i].packets, rows[i].bytes));
  }
}
