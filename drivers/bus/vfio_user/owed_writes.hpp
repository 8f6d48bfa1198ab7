#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ixyflow::drivers {

/// Writes to doorbells for which a model had no room: of each the latest, because a doorbell says how far its
/// queue has come. Workers, each with doorbells of its own, put them here instead of waiting, and the control
/// thread settles them. No call waits.
class OwedWrites {
 public:
  OwedWrites() noexcept {
    for (std::atomic<std::uint64_t>& place : places_) place.store(kNothing, std::memory_order_relaxed);
  }

  struct Write {
    std::uint32_t offset = 0;
    std::uint32_t bytes = 0;  ///< 2 or 4
    std::uint32_t value = 0;
  };

  /// Worker: puts a write in the place of an older one to the same doorbell. False: none is owed, so that it
  /// may go at once. `which`: bits of the value that tell doorbells at one offset apart.
  bool replace(const Write& write, std::uint32_t which) noexcept;
  /// Worker, after `replace`: keeps what could not be sent.
  void keep(const Write& write) noexcept;

  /// Control thread: gives every write to `send` until that says false. True: nothing is owed any more.
  template <class Send>
  bool settle(Send send) noexcept {
    if (count_.load(std::memory_order_relaxed) == 0) return true;
    for (std::atomic<std::uint64_t>& place : places_) {
      std::uint64_t word = place.load(std::memory_order_acquire);
      if (word == kNothing) continue;
      if (!send(Write{static_cast<std::uint32_t>(word >> 33) << 1, (word & kWide) != 0 ? 4U : 2U,
                      static_cast<std::uint32_t>(word)}))
        return false;
      // A newer value that came meanwhile stays owed. Until the place is free the worker sends none itself,
      // so that none overtakes another.
      if (place.compare_exchange_strong(word, kNothing, std::memory_order_acq_rel))
        count_.fetch_sub(1, std::memory_order_relaxed);
    }
    return true;
  }

 private:
  // A write is a word: half its offset, whether it is one of four bytes, its value.
  static constexpr std::uint64_t kWide = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kPlace = ~std::uint64_t{0xffffffff};
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};  ///< of no region that there can be
  static constexpr std::size_t kPlaces = 512;                   ///< more than any device has queues
  static constexpr std::uint64_t word_of(const Write& write) noexcept {
    return std::uint64_t{write.offset >> 1} << 33 | (write.bytes == 4 ? kWide : 0) | write.value;
  }

  std::atomic<unsigned> count_{0};  ///< of places that are not free
  std::array<std::atomic<std::uint64_t>, kPlaces> places_;
};

}  // namespace ixyflow::drivers
