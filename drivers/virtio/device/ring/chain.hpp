#pragma once

#include <array>
#include <cstdint>

#include "drivers/virtio/device/ring/guest_memory.hpp"

namespace ixyflow::drivers::vhost {

/// Directions: flags of all descriptors of a chain (VIRTQ_DESC_F_WRITE, the same in both kinds of rings).
inline constexpr std::uint16_t kGuestSends = 0;
inline constexpr std::uint16_t kGuestReceives = 2;

/// A copy of a descriptor of the guest, of either kind of ring.
struct Descriptor {
  std::uint64_t address = 0;
  std::uint32_t length = 0;
  std::uint16_t flags = 0;
  std::uint16_t next = 0;  ///< split: where the chain goes on
  std::uint16_t id = 0;    ///< what the guest calls the chain
};

/// A whole chain of descriptors, each of them checked: pieces of memory that belong together.
struct Chain {
  /// Not initialised, because arrays of them are filled from the front, with every frame.
  struct Piece {
    std::uint8_t* data;
    std::uint32_t length;
  };
  /// The most pieces of a frame. Linux makes 19 of the largest, DPDK fewer.
  static constexpr std::uint32_t kMostPieces = 64;

  std::array<Piece, kMostPieces> pieces;
  std::uint32_t count = 0;
  std::uint64_t bytes = 0;
  std::uint16_t id = 0;
  std::uint16_t slots = 0;  ///< of the ring, that it takes
  bool good = true;         ///< false: some of it cannot be used; it goes back as it came

  void begin() noexcept {
    count = 0;
    bytes = 0;
    slots = 0;
    good = true;
  }
  /// A descriptor, which must be for this direction.
  void add(const GuestMemory& memory, const Descriptor& descriptor, std::uint16_t direction) noexcept {
    std::uint8_t* const data = memory.translate(descriptor.address, descriptor.length);
    if (data == nullptr || descriptor.length == 0 || (descriptor.flags & kGuestReceives) != direction ||
        count == kMostPieces) {
      good = false;
      return;
    }
    pieces[count++] = {data, descriptor.length};
    bytes += descriptor.length;
  }
};

/// What a look for the next chain finds.
enum class Found : std::uint8_t {
  none,   ///< there is none
  chain,  ///< a chain, to be used or given back
  fault,  ///< what cannot be: the ring is not to be touched again
};

}  // namespace ixyflow::drivers::vhost
