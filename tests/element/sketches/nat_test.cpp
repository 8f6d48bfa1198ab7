#include "tests/element/sketches/nat.hpp"

#include <fmt/format.h>

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <set>

#include "core/net/parser.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::elements {
IXYFLOW_ELEMENT(SketchNat);
}

namespace ixyflow::test {

namespace nat {

constexpr const char* kAddress = "198.51.100.1";
const std::string kParameters = fmt::format("address = \"{}\"", kAddress);

/// Flow `number` of the hosts inside.
Bytes outgoing(unsigned number, std::uint8_t protocol = 17) {
  const std::string host = fmt::format("10.0.{}.{}", number >> 8 & 255, number & 255);
  const Bytes segment = protocol == 17 ? udp({.source = 5000, .destination = 53}, counting(20))
                                       : tcp({.source = 5000}, counting(20));
  return ethernet({}, ipv4({.source = host, .destination = "203.0.113.9", .protocol = protocol}, segment));
}

FlowKey flow_of(const Bytes& frame) {
  FlowKey key;
  REQUIRE(read_flow_key(frame, parse_layers(frame), key));
  return key;
}

/// The answer to a UDP frame.
Bytes answer(const Bytes& frame) {
  const FlowKey key = flow_of(frame);
  const auto text = [](const auto& address) {
    return show(Ipv4Address{{address[0], address[1], address[2], address[3]}});
  };
  return ethernet({},
                  ipv4({.source = text(key.destination), .destination = text(key.source)},
                       udp({.source = key.destination_port.value(), .destination = key.source_port.value()},
                           counting(8))));
}

/// Which of two copies the runtime gives a frame to.
std::uint32_t copy_for(const Bytes& frame) {
  return spread(flow_hash(frame, parse_layers(frame)), Spreader::copies, 2);
}

}  // namespace nat

TEST_CASE("a NAT on two copies gets every reply back to the copy that knows whose it is") {
  using namespace nat;
  std::array<std::unique_ptr<ElementHarness>, 2> copies;
  for (std::uint32_t i = 0; i < 2; ++i)
    copies[i] =
        std::make_unique<ElementHarness>("SketchNat", kParameters, HarnessOptions{.copy = i, .copies = 2});
  std::array<unsigned, 2> sessions{};
  std::set<std::string> seen;
  for (unsigned i = 0; i < 1000; ++i) {
    const Bytes question = outgoing(i);
    ++sessions.at(copy_for(question));
    const Sent out = copies.at(copy_for(question))->send(question, 0);
    REQUIRE(out.exit == "outside");
    CHECK(show(flow_of(out.bytes)).starts_with(kAddress));
    CHECK(ipv4_checksum_right(out.bytes));
    CHECK(transport_checksum_right(out.bytes));
    // All go to one peer, so that a port can be used once in all.
    CHECK(seen.insert(show(flow_of(out.bytes))).second);
    const Bytes reply = answer(out.bytes);
    const Sent in = copies.at(copy_for(reply))->send(reply, 1);
    REQUIRE(in.exit == "inside");
    CHECK(flow_of(in.bytes) == flow_of(question).reversed());
    CHECK(transport_checksum_right(in.bytes));
    CHECK(in.layers_right);
  }
  for (std::uint32_t i = 0; i < 2; ++i) {
    CHECK(copies[i]->counter("sessions") == sessions[i]);
    CHECK(sessions[i] > 400);
  }
}

TEST_CASE(
    "a NAT keeps the port of a session while it lives, by either direction, and uses it again afterwards") {
  using namespace nat;
  ElementHarness nat("SketchNat", kParameters + "\nfirst_port = 65534");
  const Sent first = nat.send(outgoing(1, 6));
  CHECK(first.exit == "outside");
  CHECK(transport_checksum_right(first.bytes));
  CHECK(nat.send(outgoing(1, 6)).bytes == first.bytes);
  const Sent second = nat.send(outgoing(2));
  CHECK(nat.send(outgoing(3)).exit == "no_port");
  CHECK(nat.send(answer(second.bytes), 1).exit == "inside");
  CHECK(nat.send(arp_frame()).exit == "not_translated");
  CHECK(nat.send(outgoing(9), 1).exit == "unknown");
  nat.advance_to(200'000'000'000);
  CHECK(nat.send(answer(second.bytes), 1).exit == "inside");
  nat.advance_to(400'000'000'000);
  CHECK(nat.counter("sessions") == 1);
  CHECK(nat.send(outgoing(3)).exit == "outside");
  CHECK(nat.send(outgoing(1)).exit == "no_port");
  CHECK(nat.send(answer(second.bytes), 1).exit == "inside");
}

}  // namespace ixyflow::test
