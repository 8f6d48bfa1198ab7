// What a guest sends and receives, over both kinds of rings.

#include "tests/virtio/device/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
namespace feature = drivers::virtio::feature;

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

TEST_CASE("No buffer of a packed ring is shown as used before its frame is in it") {
  VhostRig rig({}, {.buffers = 512});
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = true, .features = feature::kMrgRxbuf, .ring_size = 512});
  // Two buffers each, and then so many short ones that there are more buffers than are given back at once.
  constexpr unsigned kLong = 125;
  constexpr unsigned kShort = 20;
  guest.refill(2 * kLong, 128);
  // The first short frame comes to lie over its own descriptor: what is written last is what stays.
  DriverRing& ring = guest.receive_ring();
  const std::uint64_t descriptor =
      ring.addresses(0).descriptors - GuestFile::kUser + GuestFile::kGuest + 16 * 2 * kLong;
  ring.offer({{descriptor, 128}}, true);
  guest.refill(kShort, 128);
  std::vector<Bytes> frames(kLong, frame(200));
  frames.resize(kLong + kShort, frame(60));
  CHECK(send(rig, frames) == kLong + kShort);
  CHECK(ring.packed()[2 * kLong].rest >> 48 == (1U << 7 | 1U << 15));
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
