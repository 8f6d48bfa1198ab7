#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/bus/guest_memory.hpp"
#include "tools/ixgbe-model/card/registers/queue_registers.hpp"

namespace ixyflow::model {

/// 16 bytes, as two little-endian words.
struct Descriptor {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};
static_assert(std::endian::native == std::endian::little);

/// The descriptors of one queue in the driver's memory (7.1.9). Those from the head up to the tail are the
/// card's; the others are the driver's, and those of them that are done say so. The address was checked by
/// nobody: each access is.
class DescriptorRing {
 public:
  void place(std::uint64_t base, std::uint32_t count) noexcept {
    base_ = base;
    count_ = count;
    memory_ = nullptr;
  }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

  /// `index`, which is less than twice around, within the ring.
  [[nodiscard]] std::uint32_t wrap(std::uint32_t index) const noexcept {
    return index < count_ ? index : index - count_;
  }

  /// Finds the memory, for as long as no message of the driver is handled. A ring that lies in several
  /// regions is reached descriptor by descriptor.
  void open(GuestMemory& memory) noexcept {
    memory_ = memory.at(base_, std::size_t{count_} * queue::kDescriptorBytes);
  }

  void close() noexcept { memory_ = nullptr; }

  /// Descriptor `index`, which is below count(). False: there is no memory.
  bool load(GuestMemory& memory, std::uint32_t index, Descriptor& to) const noexcept {
    if (memory_ == nullptr) return memory.read(address(index), std::as_writable_bytes(std::span(&to, 1)));
    to = {word(index, 0).load(std::memory_order_relaxed), word(index, 1).load(std::memory_order_relaxed)};
    return true;
  }
  /// Asks for the start of the buffer of descriptor `index`, which will be needed soon: it lies in another
  /// core's cache. Without effect where that would take a message.
  void prefetch_buffer(GuestMemory& memory, std::uint32_t index) const noexcept {
    if (memory_ == nullptr) return;
    const std::byte* const at = memory.at(word(index, 0).load(std::memory_order_relaxed), 1);
    if (at != nullptr) __builtin_prefetch(at);
  }
  /// Writes the second word last, so that whoever sees it (DD is there) sees the first.
  bool store(GuestMemory& memory, std::uint32_t index, const Descriptor& from) const noexcept {
    if (memory_ == nullptr) return memory.write(address(index), std::as_bytes(std::span(&from, 1)));
    word(index, 0).store(from.low, std::memory_order_relaxed);
    word(index, 1).store(from.high, std::memory_order_release);
    return true;
  }

 private:
  [[nodiscard]] std::uint64_t address(std::uint32_t index) const noexcept {
    return base_ + std::uint64_t{index} * queue::kDescriptorBytes;
  }
  [[nodiscard]] std::atomic_ref<std::uint64_t> word(std::uint32_t index, std::size_t half) const noexcept {
    return std::atomic_ref(reinterpret_cast<std::uint64_t*>(memory_)[2 * std::size_t{index} + half]);
  }

  std::uint64_t base_ = 0;
  std::uint32_t count_ = 0;
  std::byte* memory_ = nullptr;
};

}  // namespace ixyflow::model
