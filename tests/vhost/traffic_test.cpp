// What a guest sends and receives, over both kinds of rings.

#include "vhost/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
namespace feature = drivers::virtio::feature;

namespace {

Bytes frame(std::size_t length, std::uint8_t mark = 0) {
  Bytes bytes = counting(length);
  bytes[12] = mark;
  return bytes;
}

/// Sends through the port, and says how many were taken.
std::uint32_t send(VhostRig& rig, const std::vector<Bytes>& frames) {
  std::vector<Packet*> packets(frames.size());
  REQUIRE(rig.pool->allocate(packets) == packets.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    std::ranges::copy(frames[i], packets[i]->data());
    packets[i]->set_length(static_cast<std::uint32_t>(frames[i].size()));
  }
  const std::uint32_t taken = rig.port->tx(0, packets);
  rig.pool->free(std::span(packets).subspan(taken));
  return taken;
}

}  // namespace

TEST_CASE("A frame that the guest sends is received as it is") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  const std::size_t length = GENERATE(14U, 60U, 64U, 65U, 1514U, 2048U);
  guest.transmit(frame(length));
  CHECK(take(rig) == std::vector<Bytes>{frame(length)});
  const auto used = guest.send_ring().used();
  REQUIRE(used);
  CHECK(used->length == 0);
  CHECK(take(rig).empty());
}

TEST_CASE("A frame for the guest is put into its buffer behind a header") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  CHECK(rig.port->tx_room(0) == 0);
  guest.refill(4, 1600);
  CHECK(rig.port->tx_room(0) == 4);
  CHECK(send(rig, {frame(60), frame(1514), frame(14)}) == 3);
  CHECK(guest.received() == frame(60));
  CHECK(guest.header.buffers == 1);
  CHECK(guest.header.flags == 0);
  CHECK(guest.received() == frame(1514));
  CHECK(guest.received() == frame(14));
  CHECK_FALSE(guest.received());
}

TEST_CASE("Rings go round many times") {
  const bool packed = GENERATE(false, true);
  // A packed ring may have any size (virtio 1.2, 2.8.10.1).
  const auto size = static_cast<std::uint16_t>(packed ? 7 : 8);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .ring_size = size});
  for (unsigned i = 0; i < 300; ++i) {
    const auto mark = static_cast<std::uint8_t>(i);
    const unsigned count = i % size + 1;
    for (unsigned k = 0; k < count; ++k) guest.transmit(frame(64, mark));
    CHECK(take(rig) == std::vector<Bytes>(count, frame(64, mark)));
    for (unsigned k = 0; k < count; ++k) CHECK(guest.send_ring().used());
    guest.refill(count, 128);
    CHECK(send(rig, std::vector<Bytes>(count, frame(60, mark))) == count);
    for (unsigned k = 0; k < count; ++k) CHECK(guest.received() == frame(60, mark));
  }
}

TEST_CASE("A burst is as long as the guest, the caller and the pool make it") {
  const bool packed = GENERATE(false, true);
  VhostRig rig({}, {.buffers = 40});
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  for (unsigned i = 0; i < 60; ++i) guest.transmit(frame(64, static_cast<std::uint8_t>(i)));
  const auto first = rig.receive(10);
  CHECK(first.size() == 10);
  const auto second = rig.receive(64);
  CHECK(second.size() == 30);  // the pool is empty
  CHECK(rig.receive(64).empty());
  rig.give_back(first);
  rig.give_back(second);
  const auto frames = take(rig, 64);
  CHECK(frames.size() == 20);
  CHECK(frames.back() == frame(64, 59));
}

TEST_CASE("D22 a frame in pieces of any length is one frame") {
  const bool packed = GENERATE(false, true);
  const auto layout = GENERATE(Layout::direct, Layout::indirect);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  const Bytes whole = guest.with_header(frame(40));
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    // F19: a header over several descriptors, too.
    const GuestPiece start = guest.put(std::span(whole).first(cut));
    const GuestPiece rest = guest.put(std::span(whole).subspan(cut));
    guest.send_ring().offer({start, rest}, false, layout);
    CHECK(take(rig) == std::vector<Bytes>{frame(40)});
    CHECK(guest.send_ring().used());
  }
  std::vector<GuestPiece> single;
  for (const std::uint8_t byte : whole) single.push_back(guest.put(std::span(&byte, 1)));
  guest.send_ring().offer(single, false, layout);
  CHECK(take(rig) == std::vector<Bytes>{frame(40)});
}

TEST_CASE("A frame for the guest goes over all pieces of a buffer") {
  const bool packed = GENERATE(false, true);
  const auto layout = GENERATE(Layout::direct, Layout::indirect);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  // The header apart, as legacy drivers have it, and a cut in the middle of it.
  const std::uint32_t cut = GENERATE(1U, 10U, 12U, 13U, 30U);
  const GuestPiece place{GuestFile::kGuest + guest.file.take(200), 200};
  guest.receive_ring().offer({{place.address, cut}, {place.address + cut, 200 - cut}}, true, layout);
  CHECK(send(rig, {frame(100)}) == 1);
  const auto used = guest.receive_ring().used();
  REQUIRE(used);
  CHECK(used->length == 112);
  CHECK(Bytes(std::span(guest.file.at(place.address - GuestFile::kGuest) + 12, 100)) == frame(100));
}

TEST_CASE("Mergeable buffers take a frame that is longer than one of them") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kMrgRxbuf});
  guest.refill(5, 128);
  CHECK(send(rig, {frame(400), frame(60)}) == 2);
  CHECK(guest.received() == frame(400));
  CHECK(guest.header.buffers == 4);
  CHECK(guest.received() == frame(60));
  CHECK(guest.header.buffers == 1);
  // What has no place stays with the caller, and takes no buffer.
  guest.refill(2, 128);
  CHECK(send(rig, {frame(400)}) == 0);
  CHECK(send(rig, {frame(200)}) == 1);
  CHECK(guest.received() == frame(200));
}

TEST_CASE("A frame that is longer than the guest's buffers is lost alone") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  guest.refill(2, 128);
  CHECK(send(rig, {frame(60, 1), frame(400), frame(60, 2)}) == 3);
  CHECK(rig.counter("too_long") == 1);
  CHECK(guest.received() == frame(60, 1));
  CHECK(guest.received() == frame(60, 2));
}

TEST_CASE("D1 frames that are too short or too long are lost alone") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  guest.transmit(counting(13));
  guest.transmit(frame(14));
  guest.transmit(frame(2049));
  guest.transmit(frame(2048));
  guest.send_ring().offer({guest.put(counting(5))}, false);
  CHECK(take(rig) == std::vector<Bytes>{frame(14), frame(2048)});
  CHECK(rig.counter("runt") == 2);
  CHECK(rig.counter("oversize") == 1);
  for (unsigned i = 0; i < 5; ++i) CHECK(guest.send_ring().used());
}

TEST_CASE("A legacy guest has a header of 10 bytes") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.legacy = true});
  guest.transmit(frame(60));
  CHECK(take(rig) == std::vector<Bytes>{frame(60)});
  guest.refill(1, 128);
  CHECK(send(rig, {frame(60)}) == 1);
  CHECK(guest.received() == frame(60));
}

TEST_CASE("What the guest has not summed is summed here") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kCsum});
  for (const Bytes& right : {udp_frame(), tcp_frame(), udp6_frame(), vlan_udp_frame()}) {
    const std::size_t l3 = right[12] == 0x81 ? 18 : 14;
    const bool v6 = right[l3] >> 4 == 6;
    const std::size_t l4 = l3 + (v6 ? 40 : 20);
    const bool is_tcp = right[v6 ? l3 + 6 : l3 + 9] == 6;
    const std::size_t field = l4 + (is_tcp ? 16 : 6);
    // What a guest leaves in the field: the sum of the pseudo header.
    const std::size_t end = v6 ? l4 + static_cast<std::size_t>(right[l3 + 4] << 8 | right[l3 + 5])
                               : l3 + static_cast<std::size_t>(right[l3 + 2] << 8 | right[l3 + 3]);
    auto pseudo = Bytes(std::span(right).subspan(v6 ? l3 + 8 : l3 + 12, v6 ? 32 : 8));
    const std::size_t length = end - l4;
    pseudo = join({pseudo,
                   {0, right[v6 ? l3 + 6 : l3 + 9], static_cast<std::uint8_t>(length >> 8),
                    static_cast<std::uint8_t>(length)}});
    const auto sum = static_cast<std::uint16_t>(~plain_checksum(pseudo));
    Bytes sent = right.first(end);
    sent[field] = static_cast<std::uint8_t>(sum >> 8);
    sent[field + 1] = static_cast<std::uint8_t>(sum);
    guest.transmit(sent, {.flags = 1,
                          .checksum_start = static_cast<std::uint16_t>(l4),
                          .checksum_offset = static_cast<std::uint16_t>(field - l4)});
    CHECK(take(rig) == std::vector<Bytes>{right.first(end)});
  }
}

TEST_CASE("D21 CVE-2024-11614 a header that asks for what is not in the frame loses the frame") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kCsum});
  const std::vector<drivers::virtio::NetHeader> wrong = {
      {.flags = 1, .checksum_start = 34, .checksum_offset = 25},    // the field ends one byte behind
      {.flags = 1, .checksum_start = 60, .checksum_offset = 0},     // starts at the end
      {.flags = 1, .checksum_start = 65535, .checksum_offset = 0},  // far away
      {.flags = 1, .checksum_start = 65535, .checksum_offset = 65535},
      {.flags = 1, .checksum_start = 0, .checksum_offset = 65535},
      {.flags = 1, .checksum_start = 0, .checksum_offset = 6},  // over the MAC addresses
      {.gso_type = 1, .gso_size = 0},                           // segments were not offered
      {.flags = 1, .gso_type = 4, .header_length = 65535, .gso_size = 65535, .checksum_start = 34},
      {.gso_type = 0x80},
      {.gso_type = 0xff},
  };
  for (const auto& header : wrong) {
    guest.transmit(frame(60), header);
    CHECK(take(rig).empty());
  }
  CHECK(rig.counter("bad_header") == wrong.size());
  guest.transmit(frame(60), {.header_length = 65535, .gso_size = 65535, .checksum_start = 9000});
  CHECK(take(rig) == std::vector<Bytes>{frame(60)});
  guest.transmit(frame(60), {.flags = 1, .checksum_start = 34, .checksum_offset = 24});
  CHECK(take(rig).size() == 1);
}

TEST_CASE("D21 without CSUM no checksum may be asked for") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  guest.transmit(frame(60), {.flags = 1, .checksum_start = 34, .checksum_offset = 6});
  CHECK(take(rig).empty());
  CHECK(rig.counter("bad_header") == 1);
}

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
