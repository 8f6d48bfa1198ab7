#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

namespace ixyflow {

/// A value that one thread writes now and then and others read: a sequence lock. The writer never waits; a
/// reader that meets it at work tries again. For what is too large for an atomic and too dear for a lock.
/// tests/model checks its orders with another `Atomic`, and with fewer tries.
template <class T, template <class> class Atomic = std::atomic, int kTries = 100>
class Seqlock {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// The one writer.
  void store(const T& value) noexcept {
    Words words{};
    std::memcpy(words.data(), &value, sizeof(T));
    const std::uint64_t before = sequence_.load(std::memory_order_relaxed);
    sequence_.store(before + 1, std::memory_order_relaxed);
    // Whoever reads one of the new words sees that the sequence number went up before.
    for (std::size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
    sequence_.store(before + 2, std::memory_order_release);
  }

  /// What was stored last; nothing, when it was being written again and again. Any thread.
  [[nodiscard]] std::optional<T> load() const noexcept {
    for (int i = 0; i < kTries; ++i) {
      const std::uint64_t before = sequence_.load(std::memory_order_acquire);
      Words words;
      for (std::size_t word = 0; word < kWords; ++word)
        words[word] = words_[word].load(std::memory_order_acquire);
      if (before % 2 != 0 || sequence_.load(std::memory_order_relaxed) != before) continue;
      std::optional<T> value(std::in_place);
      std::memcpy(static_cast<void*>(&*value), words.data(), sizeof(T));
      return value;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kWords = (sizeof(T) + 7) / 8;
  using Words = std::array<std::uint64_t, kWords>;

  Atomic<std::uint64_t> sequence_{0};  ///< odd: being written
  std::array<Atomic<std::uint64_t>, kWords> words_{};
};

}  // namespace ixyflow
