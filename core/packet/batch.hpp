#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <span>

#include "core/packet/packet.hpp"

namespace ixyflow {

/// The most packets that a batch holds, and the largest burst.
inline constexpr std::uint32_t kMaxBatch = 256;

/// Up to 256 packets on their way, in order. It does not own them in the sense of a destructor: whoever has
/// the batch hands every packet on, drops or keeps it. `bytes` is the sum of the packets' lengths where it is
/// known, so that edges do not have to touch every packet again to count bytes.
class Batch {
 public:
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::uint32_t room() const noexcept { return kMaxBatch - size_; }
  [[nodiscard]] Packet* operator[](std::uint32_t i) const noexcept { return packets_[i]; }
  [[nodiscard]] Packet* const* begin() const noexcept { return packets_.data(); }
  [[nodiscard]] Packet* const* end() const noexcept { return packets_.data() + size_; }
  [[nodiscard]] std::span<Packet* const> packets() const noexcept { return {packets_.data(), size_}; }

  /// Adds a packet; there must be room.
  void push(Packet* packet) noexcept {
    assert(size_ < kMaxBatch);
    packets_[size_++] = packet;
  }
  /// The free places behind the last packet, for a port or a ring to fill; `added` says how many it did.
  [[nodiscard]] std::span<Packet*> free_places() noexcept { return {packets_.data() + size_, room()}; }
  void added(std::uint32_t count) noexcept {
    assert(count <= room());
    size_ += count;
  }
  void clear() noexcept { size_ = 0; }

  /// Sum of the lengths, by looking at every packet.
  [[nodiscard]] std::uint64_t sum_lengths() const noexcept {
    std::uint64_t sum = 0;
    for (const Packet* packet : *this) sum += packet->length();
    return sum;
  }

  std::uint64_t bytes = 0;  ///< kept by the runtime: the sum of lengths when the batch arrived

 private:
  std::uint32_t size_ = 0;
  std::array<Packet*, kMaxBatch> packets_;
};

}  // namespace ixyflow
