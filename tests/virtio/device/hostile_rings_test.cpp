// Guests that put into their rings what no driver should.

#include "tests/virtio/device/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

TEST_CASE("F19 CVE-2018-1059 a buffer that is not all in the guest's memory is lost") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  const auto layout = GENERATE(Layout::direct, Layout::indirect);
  Guest guest(rig);
  guest.begin({.packed = packed});
  constexpr std::uint64_t kEnd = GuestFile::kGuest + GuestFile::kBytes;
  const std::vector<GuestPiece> wrong = {
      {kEnd - 71, 72},              // crosses the end
      {kEnd, 72},                   // behind it
      {GuestFile::kGuest - 1, 72},  // begins before
      {0, 72},
      {~std::uint64_t{0} - 10, 72},  // goes round
      {GuestFile::kGuest, 0xffffffff},
      {GuestFile::kGuest, 0},  // no length
      {~std::uint64_t{0}, 0},  // no length at no place
      {GuestFile::kUser, 72},  // an address of another kind
  };
  for (const GuestPiece& piece : wrong) {
    guest.send_ring().offer({piece}, false, layout);
    guest.transmit(counting(60));
    CHECK(take(rig) == std::vector<Bytes>{counting(60)});
    CHECK(guest.send_ring().used());
    CHECK(guest.send_ring().used());
    guest.receive_ring().offer({piece}, true, layout);
    guest.refill(1, 128);
    rig.send(counting(61));
    const auto bad = guest.receive_ring().used();
    REQUIRE(bad);
    CHECK(bad->length == 0);
    CHECK(guest.received() == counting(61));
  }
  CHECK(rig.counter("bad_descriptor") == wrong.size());
  CHECK(rig.counter("bad_buffers") == wrong.size());
}

TEST_CASE("F19 a buffer for the wrong direction is lost") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  const GuestPiece piece = guest.put(guest.with_header(counting(60)));
  guest.send_ring().offer({piece}, true);
  CHECK(take(rig).empty());
  CHECK(rig.counter("bad_descriptor") == 1);
  guest.receive_ring().offer({piece}, false);
  guest.refill(1, 128);
  rig.send(counting(60));
  CHECK(guest.receive_ring().used()->length == 0);
  CHECK(guest.received() == counting(60));
}

namespace {

/// A guest that sends by tables of descriptors which cannot be used; each must be lost, and nothing else.
struct BadTables {
  explicit BadTables(bool is_packed) : packed(is_packed) {
    guest.begin({.packed = packed});
    good = guest.put(guest.with_header(counting(60)));
    table = guest.file.take(64 * 16, 16);
    address = GuestFile::kGuest + table;
    entry(0, good, 0, 0);
  }

  /// Entry `i` of the table.
  void entry(unsigned i, GuestPiece piece, std::uint16_t flags, std::uint16_t next) {
    if (packed)
      guest.file.as<drivers::virtio::PackedDescriptor>(table)[i] = {
          piece.address, piece.length | std::uint64_t{flags} << 48};
    else
      guest.file.as<drivers::virtio::SplitDescriptor>(table)[i] = {piece.address, piece.length, flags, next};
  }
  /// Sends by the table at `where`: a direct descriptor, which is then made to be one of a table.
  void check_lost(std::uint64_t where, std::uint32_t length) {
    const std::uint16_t id = guest.send_ring().offer({{where, length}}, false);
    if (packed)
      guest.send_ring().packed()[id % 64].rest |= std::uint64_t{4} << 48;
    else
      guest.send_ring().split()[id].flags = 4;
    CHECK(take(rig).empty());
    CHECK(guest.send_ring().used());
    CHECK(rig.counter("bad_descriptor") == ++lost);
  }

  struct OpenRig : VhostRig {
    OpenRig() { must_open(); }
  };
  OpenRig rig;
  Guest guest{rig};
  bool packed;
  GuestPiece good;
  std::uint64_t table = 0;
  std::uint64_t address = 0;
  unsigned lost = 0;
};

}  // namespace

TEST_CASE("F19 CVE-2022-2132 tables: of a wrong length, empty, over the end of memory, not aligned") {
  BadTables bad(GENERATE(false, true));
  for (const std::uint32_t length : {0U, 1U, 15U, 17U, 0xfffffff0U, 0x80000000U})
    bad.check_lost(bad.address, length);
  bad.check_lost(GuestFile::kGuest + GuestFile::kBytes - 8, 16);
  bad.check_lost(bad.address + 4, 16);
}

TEST_CASE("F19 CVE-2022-2132 tables of a split ring: in a table, without end") {
  BadTables bad(false);
  bad.entry(0, {bad.address, 16}, 4, 0);  // a table in a table
  bad.check_lost(bad.address, 16);
  bad.entry(0, bad.good, 1, 1);  // goes on where the table has ended
  bad.check_lost(bad.address, 16);
  bad.entry(0, {bad.good.address, 1}, 1, 0);  // goes on with itself
  bad.check_lost(bad.address, 16);
  bad.entry(0, {bad.good.address, 1}, 1, 1);
  bad.entry(1, {bad.good.address, 1}, 1, 0);  // goes round
  bad.check_lost(bad.address, 32);
}

TEST_CASE("F19 a chain of a split ring that never ends is lost") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  const std::uint16_t id = guest.send_ring().offer({guest.put(counting(60))}, false);
  guest.send_ring().split()[id].flags = 1;
  guest.send_ring().split()[id].next = id;
  CHECK(take(rig).empty());
  CHECK(rig.counter("bad_descriptor") == 1);
  guest.transmit(counting(60));
  CHECK(take(rig).size() == 1);
  guest.send_ring().split()[0].next = 0xffff;
}

TEST_CASE("F19 a ring whose numbers cannot be is left alone until it is set up anew") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  SECTION("an index that jumps") {
    guest.send_ring().available()->index = 65;
  }
  SECTION("an index that goes back") {
    guest.transmit(counting(60));
    CHECK(take(rig).size() == 1);
    guest.send_ring().available()->index = 0;
  }
  SECTION("a descriptor that is not there") {
    guest.transmit(counting(60));
    guest.send_ring().available()->entries()[0] = 64;
  }
  CHECK(take(rig).empty());
  rig.look(8);
  CHECK(rig.events().find("ring 1 of the guest is not served any more") != std::string::npos);
  guest.transmit(counting(60));
  CHECK(take(rig).empty());
  // The other ring goes on.
  guest.refill(1, 128);
  rig.send(counting(70));
  CHECK(guest.received() == counting(70));
  // Set up anew, it works again.
  const std::uint16_t index = guest.send_ring().available()->index;
  guest.start_ring(1, index);
  rig.look(8);
  guest.transmit(counting(61));
  CHECK(take(rig) == std::vector<Bytes>{counting(61)});
}

TEST_CASE("F19 a chain of a packed ring that is longer than the ring stops it") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = true, .ring_size = 8});
  const GuestPiece piece = guest.put(guest.with_header(counting(60)));
  for (unsigned i = 0; i < 8; ++i)
    guest.send_ring().packed()[i] = {piece.address, piece.length | std::uint64_t{1 | 1 << 7} << 48};
  CHECK(take(rig).empty());
  rig.look(8);
  CHECK(rig.events().find("longer than its ring") != std::string::npos);
}
