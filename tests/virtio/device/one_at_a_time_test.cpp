// The accelerators (receive_many.hpp, transmit_many.hpp) serve buffers of one descriptor. Those of two are
// served one at a time: what comes of it must be the same.

#include <map>
#include <random>

#include "tests/virtio/device/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// What a guest has sent and received in many rounds.
struct History {
  std::vector<Bytes> frames;
  std::vector<std::uint64_t> numbers;
  bool operator==(const History&) const = default;
};

std::uint32_t below(std::mt19937& dice, std::size_t sides) {
  return static_cast<std::uint32_t>(dice() % sides);
}

/// Lengths of frames: most are right, some are too short or too long.
std::size_t any_length(std::mt19937& dice) {
  const unsigned pick = below(dice, 16);
  if (pick == 0) return 1 + below(dice, 13);
  return pick == 1 ? 2040 + below(dice, 20) : 14 + below(dice, 100);
}

/// Frames from the guest, each in one descriptor, or in two of which the first has the header.
History sends(bool packed, bool in_two) {
  std::mt19937 dice(7);
  VhostRig rig({}, {.buffers = 40});
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  History history;
  std::uint64_t under_way = 0;
  for (unsigned round = 0; round < 200; ++round) {
    for (unsigned i = below(dice, 24) + 1; i > 0 && under_way < 30; --i, ++under_way) {
      const Bytes whole = guest.with_header(frame(any_length(dice), static_cast<std::uint8_t>(i)));
      std::vector<GuestPiece> pieces{guest.put(whole)};
      if (in_two) pieces = {{pieces[0].address, 12}, {pieces[0].address + 12, pieces[0].length - 12}};
      guest.send_ring().offer(pieces, false);
    }
    for (Bytes& bytes : take(rig, below(dice, 16) + 1)) history.frames.push_back(std::move(bytes));
    std::uint64_t used = 0;
    while (guest.send_ring().used()) ++used;
    history.numbers.push_back(used);
    under_way -= used;
  }
  for (const char* lost : {"runt", "oversize"}) history.numbers.push_back(rig.counter(lost));
  CHECK(rig.counter("runt") > 10);
  return history;
}

/// Frames to the guest, whose buffers of 200 bytes are one descriptor each, or two.
History receives(bool packed, bool in_two) {
  std::mt19937 dice(7);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  History history;
  std::map<std::uint16_t, std::uint64_t> buffers;
  for (unsigned round = 0; round < 200; ++round) {
    for (unsigned i = below(dice, 4) + 1; i > 0 && buffers.size() < 30; --i) {
      const std::uint64_t place = GuestFile::kGuest + guest.file.take(200);
      std::vector<GuestPiece> pieces{{place, 200}};
      if (in_two) pieces = {{place, 12}, {place + 12, 188}};
      buffers[guest.receive_ring().offer(pieces, true)] = place;
    }
    std::vector<Bytes> frames;
    for (unsigned i = below(dice, 4) + 1; i > 0; --i)
      frames.push_back(frame(14 + below(dice, 190), static_cast<std::uint8_t>(i)));
    history.numbers.push_back(send(rig, frames));
    while (const auto used = guest.receive_ring().used()) {
      const std::uint8_t* const bytes = guest.file.at(buffers.extract(used->id).mapped() - GuestFile::kGuest);
      history.frames.emplace_back(bytes, bytes + used->length);
    }
  }
  history.numbers.push_back(rig.counter("too_long"));
  CHECK(rig.counter("too_long") > 10);
  return history;
}

}  // namespace

TEST_CASE("A guest whose frames are in two descriptors each sends the same as one whose frames are in one") {
  const bool packed = GENERATE(false, true);
  CHECK(sends(packed, true) == sends(packed, false));
}

TEST_CASE("A guest whose buffers are two descriptors each receives the same as one whose buffers are one") {
  const bool packed = GENERATE(false, true);
  CHECK(receives(packed, true) == receives(packed, false));
}
