#pragma once

// Frames over several descriptors, or several buffers: for transmit.cpp alone.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "drivers/virtio/device/transmit_ring.hpp"

namespace ixyflow::drivers::vhost {

/// Buffers of the guest for one frame: with MRG_RXBUF as many as it takes, else one.
struct TransmitRing::Gathered {
  struct Buffer {
    std::uint16_t id = 0;
    std::uint16_t slots = 0;
    std::uint32_t written = 0;
  };
  std::array<Buffer, kMostBuffers> buffers;
  std::uint32_t count = 0;
  std::array<Chain::Piece, kMostBuffers> pieces;  ///< of all buffers, in order
  std::uint32_t piece_count = 0;
  std::uint32_t bytes = 0;
  std::uint32_t entries = 0;

  /// Adds a buffer, of which no more is used than is `needed` in all; false: it has too many pieces.
  bool add(const Chain& chain, std::uint32_t needed) noexcept {
    if (piece_count + chain.count > pieces.size()) return false;
    const auto used = static_cast<std::uint32_t>(std::min<std::uint64_t>(chain.bytes, needed - bytes));
    std::ranges::copy(std::span(chain.pieces).first(chain.count), pieces.begin() + piece_count);
    piece_count += chain.count;
    buffers[count++] = {chain.id, chain.slots, used};
    bytes += used;
    entries += chain.slots;
    return true;
  }
};

/// Takes buffers until there are `needed` bytes; nothing is taken when there are not.
template <class Ring>
TransmitRing::Fit TransmitRing::gather(Ring& ring, std::uint32_t needed, Gathered& gathered,
                                       TransmitContext& context) noexcept {
  auto start = ring.mark();
  const auto without = [&](Fit why) {
    ring.rewind(start);
    return why;
  };
  for (std::uint32_t bad = 0; gathered.bytes < needed;) {
    if (gathered.count == (setup_.mergeable ? kMostBuffers : 1)) return without(Fit::never);
    Chain chain;
    if (ring.look(1) == 0 || ring.gather(*setup_.memory, kGuestReceives, chain) != Found::chain)
      return without(Fit::not_now);
    if (!chain.good) {
      // Given back as it is, in its turn: what was gathered before it is for another frame.
      if (gathered.count != 0) return without(Fit::never);
      ring.use(chain.id, chain.slots, 0);
      context.bad_buffer.add();
      if (++bad == kMostBuffers) return Fit::not_now;
      start = ring.mark();
      continue;
    }
    if (!gathered.add(chain, needed)) return without(Fit::never);
  }
  return Fit::fits;
}

}  // namespace ixyflow::drivers::vhost
