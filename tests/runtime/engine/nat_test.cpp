// The sketch of a NAT on two cores: each connection goes out, is answered, and comes back through the copy
// that has let it out.

#include "tests/element/sketches/nat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "tests/support/frames.hpp"
#include "tests/support/runs.hpp"

namespace ixyflow::elements {

IXYFLOW_ELEMENT(SketchNat);

/// Sends every IPv4 packet back to its sender, as another host would: as a new one.
class TestPeer final : public PacketElement<TestPeer> {
  enum : PortIndex { kOut, kNotIp };

 public:
  static void describe(Spec<TestPeer>& spec) {
    spec.doc("Answers.").output(kOut, "out").drop(kNotIp, "not_ip", "cannot be answered");
  }
  PortIndex handle(Packet& packet) noexcept {
    Ipv4Header* const ip = ipv4(packet);
    if (ip == nullptr || packet.l4_offset == kNoOffset) return kNotIp;
    std::swap(ip->source, ip->destination);
    std::uint8_t* const ports = packet.data() + packet.l4_offset;
    std::swap_ranges(ports, ports + 2, ports + 2);
    packet.clear(PacketFlag::flow_hash);
    return kOut;
  }
};
IXYFLOW_ELEMENT(TestPeer);

}  // namespace ixyflow::elements

namespace ixyflow::test {

namespace nat_run {

constexpr std::uint32_t kFlows = 500;

/// The host of flow `number`: 10.0.x.y. Its packets tell their number in their last four bytes.
void question(Packet& packet, std::uint32_t number) {
  const std::uint32_t host = number % kFlows;
  Bytes payload(20);
  std::memcpy(payload.data() + 16, &number, sizeof number);
  const Bytes frame = ethernet(
      {}, ipv4({.source = fmt::format("10.0.{}.{}", host >> 8, host & 255), .destination = "203.0.113.9"},
               udp({.source = 5000}, payload)));
  std::ranges::copy(frame, packet.data());
  packet.set_length(static_cast<std::uint32_t>(frame.size()));
}

/// Its number, when it is the right answer for the host that asked; else one that nobody sent.
std::uint32_t answered(const Packet& packet) {
  const Bytes frame(bytes_of(packet));
  std::uint32_t number = 0;
  std::memcpy(&number, frame.data() + frame.size() - 4, sizeof number);
  const std::uint32_t host = number % kFlows;
  const std::uint8_t* const destination = frame.data() + 30;
  const bool right = destination[0] == 10 && destination[2] == host >> 8 && destination[3] == (host & 255) &&
                     ipv4_checksum_right(frame) && transport_checksum_right(frame);
  return right ? number : ~0U;
}

constexpr const char* kPipeline = R"(
[cores]
rx = {}
work = { count = 2 }
far = {}
tx = {}
[ports.a]
driver = "null"
[ports.b]
driver = "null"
[elements.in]
type = "FromDevice"
port = "a"
core = "rx"
[elements.nat]
type = "SketchNat"
address = "198.51.100.1"
core = "work"
[elements.peer]
type = "TestPeer"
core = "far"
[elements.out]
type = "ToDevice"
port = "b"
core = "tx"
[graph]
paths = ["in -> [inside]nat[outside] -> peer -> [outside]nat[inside] -> out"]
)";

}  // namespace nat_run

TEST_CASE("a NAT on two cores gets every reply to whoever asked") {
  using namespace nat_run;
  PortScript a{.send = 4 * kFlows, .burst = 64, .fill = question};
  PortScript b{.number_of = answered};
  const RunReport report = run_stepped(kPipeline, {{"a", &a}, {"b", &b}});
  CHECK(left_by(report, "nat", "outside") == 4 * kFlows);
  CHECK(left_by(report, "nat", "inside") == 4 * kFlows);
  for (const char* drop : {"unknown", "no_port", "table_full", "not_translated"})
    CHECK(left_by(report, "nat", drop) == 0);
  std::ranges::sort(b.seen);
  CHECK(b.seen == numbers(4 * kFlows));
  REQUIRE(element(report, "nat").copies.size() == 2);
  for (const ElementReport& copy : element(report, "nat").copies) CHECK(copy.in > kFlows);
}

}  // namespace ixyflow::test
