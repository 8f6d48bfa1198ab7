// Calls, several queues, and queues that are disabled.

#include "tests/virtio/device/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
namespace feature = drivers::virtio::feature;

TEST_CASE("The guest is called once a burst, and only when it wants to be") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  guest.receive_ring().want_calls(true);
  guest.refill(20, 128);
  CHECK(send(rig, std::vector<Bytes>(8, frame(60))) == 8);
  CHECK(guest.calls(0) == 1);
  guest.receive_ring().want_calls(false);
  CHECK(send(rig, std::vector<Bytes>(8, frame(60))) == 8);
  CHECK(guest.calls(0) == 0);
  guest.send_ring().want_calls(true);
  for (unsigned i = 0; i < 5; ++i) guest.transmit(frame(60));
  CHECK(take(rig).size() == 5);
  CHECK(guest.calls(1) == 1);
  CHECK(rig.counter("calls") == 2);
}

TEST_CASE("With EVENT_IDX the guest is called when the frame comes that it waits for") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kEventIndex, .ring_size = 16});
  for (unsigned round = 0; round < 20; ++round) {
    guest.receive_ring().want_call_after(2);
    guest.refill(5, 128);
    CHECK(send(rig, {frame(60)}) == 1);
    CHECK(guest.calls(0) == 0);
    CHECK(send(rig, {frame(60)}) == 1);
    CHECK(guest.calls(0) == 0);
    CHECK(send(rig, {frame(60)}) == 1);
    CHECK(guest.calls(0) == 1);
    CHECK(send(rig, {frame(60), frame(60)}) == 2);
    CHECK(guest.calls(0) == 0);
    while (guest.received()) {
    }
  }
}

TEST_CASE("Several pairs of queues: all that is sent is received, flows stay in their queue") {
  const bool packed = GENERATE(false, true);
  VhostRig rig({{"queues", std::int64_t{4}}});
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kMq | feature::kCtrlVq, .pairs = 4});
  for (std::uint16_t pair = 0; pair < 4; ++pair)
    for (unsigned i = 0; i < 3; ++i) guest.transmit(frame(64, static_cast<std::uint8_t>(pair)), {}, pair);
  CHECK(take(rig).size() == 12);
  for (std::uint16_t pair = 0; pair < 4; ++pair) guest.refill(64, 128, pair);
  std::vector<Bytes> flows;
  for (unsigned i = 0; i < 32; ++i)
    flows.push_back(ethernet({}, ipv4({.source = "192.0.2." + std::to_string(i)}, udp({}, counting(18)))));
  CHECK(send(rig, flows) == 32);
  CHECK(send(rig, flows) == 32);
  std::size_t in_use = 0;
  std::size_t all = 0;
  for (std::uint16_t pair = 0; pair < 4; ++pair) {
    std::map<std::vector<std::uint8_t>, unsigned> seen;
    while (const auto got = guest.received(pair)) ++seen[*got], ++all;
    for (const auto& [bytes, times] : seen) CHECK(times == 2);
    if (!seen.empty()) ++in_use;
  }
  CHECK(all == 64);
  CHECK(in_use > 1);
}

TEST_CASE("A disabled guest sends into nowhere, and receives nothing") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  guest.enable(0, false);
  guest.enable(1, false);
  rig.look(8);
  guest.refill(2, 128);
  guest.transmit(frame(60));
  CHECK(take(rig).empty());
  CHECK(guest.send_ring().used());
  CHECK(rig.counter("disabled") == 1);
  CHECK(send(rig, {frame(60)}) == 0);
  guest.enable(0, true);
  guest.enable(1, true);
  rig.look(8);
  guest.transmit(frame(61));
  CHECK(take(rig) == std::vector<Bytes>{frame(61)});
  CHECK(send(rig, {frame(60)}) == 1);
  CHECK(guest.received() == frame(60));
}
