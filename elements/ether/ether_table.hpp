#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cache_line.hpp"
#include "core/base/units.hpp"
#include "core/element/port_index.hpp"
#include "core/element/resource.hpp"
#include "core/net/addresses.hpp"

namespace ixyflow::elements {

/// Behind which output a MAC address was seen: the filtering database of a bridge (IEEE 802.1D-2004, 7.9). A
/// shared table: any number of switches on any cores look up in it and learn into it, while the control
/// thread adds static entries, removes any, and takes out those that are too old.
///
/// A hash table of fixed size, in buckets of eight. An entry is one word, so that it is never seen in parts;
/// nobody waits for anybody. Who finds a bucket full of entries that are still young does not learn: frames
/// to that address are flooded, as to any that is unknown.
class EtherTable final : public Resource {
 public:
  /// What `find` gives for an address that it does not know. No output has this number.
  static constexpr PortIndex kUnknown = 0x7fff;

  /// What `learn` did.
  enum class Learned : std::uint8_t { nothing, added, moved, full };

  static void describe(ResourceSpecOf<EtherTable>& spec);

  void configure(ResourceConfiguration& configuration) override;
  Result<void> add(std::string_view entry) override;
  Result<void> remove(std::string_view entry) override;
  [[nodiscard]] std::vector<std::string> entries() const override;
  void sweep(Nanoseconds now) noexcept override;

  /// The largest output that an entry has; kUnknown when there is no entry. Control thread.
  [[nodiscard]] PortIndex largest_output() const;

  /// The time in whole seconds by which entries age, from the clock of whoever calls. Any worker, before the
  /// look-ups of a batch.
  [[nodiscard]] std::uint32_t seconds(Nanoseconds now) noexcept {
    const auto seconds = static_cast<std::uint32_t>(now / 1'000'000'000);
    if (seconds != now_.load(std::memory_order_relaxed)) now_.store(seconds, std::memory_order_relaxed);
    return seconds;
  }
  /// Where `address` was seen last, or kUnknown. Any worker.
  [[nodiscard]] PortIndex find(const EtherAddress& address, std::uint32_t now) const noexcept {
    const std::uint64_t wanted = number_of(address);
    const Bucket& bucket = bucket_of(wanted);
    for (std::size_t i = 0; i < kWays; ++i) {
      const std::uint64_t word = bucket.words[i].load(std::memory_order_relaxed);
      if ((word & kAddress) == wanted && word != 0)
        return is_young(bucket, i, word, now) ? output_of(word) : kUnknown;
    }
    return kUnknown;
  }
  /// Notes that `address` was seen behind `output`. A static entry stays as it is. Any worker.
  Learned learn(const EtherAddress& address, PortIndex output, std::uint32_t now) noexcept {
    const std::uint64_t wanted = number_of(address);
    Bucket& bucket = bucket_of(wanted);
    const std::uint64_t fresh = wanted | std::uint64_t{output} << kOutputShift;
    for (std::size_t i = 0; i < kWays; ++i)
      if (bucket.words[i].load(std::memory_order_relaxed) == fresh) [[likely]] {
        // Most frames find their second noted already, and leave the line to those who read it.
        if (bucket.seen[i].load(std::memory_order_relaxed) != now)
          bucket.seen[i].store(now, std::memory_order_relaxed);
        return Learned::nothing;
      }
    return enter(bucket, fresh, now);
  }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kMost = std::size_t{1} << 20;  ///< addresses
  static constexpr std::size_t kMostSwept =
      4096;  ///< buckets per call: the largest table in some three seconds
  // A word: the address, the output, and whether it is static; 0: the place is free.
  static constexpr std::uint64_t kAddress = (std::uint64_t{1} << 48) - 1;
  static constexpr unsigned kOutputShift = 48;
  static constexpr std::uint64_t kStatic = std::uint64_t{1} << 63;

  struct alignas(kCacheLine) Bucket {
    std::array<std::atomic<std::uint64_t>, kWays> words{};
    std::array<std::atomic<std::uint32_t>, kWays> seen{};  ///< seconds
  };

  [[nodiscard]] static std::uint64_t number_of(const EtherAddress& address) noexcept {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : address.bytes) number = number << 8 | byte;
    return number;
  }
  [[nodiscard]] static PortIndex output_of(std::uint64_t word) noexcept {
    return static_cast<PortIndex>(word >> kOutputShift & 0x7fff);
  }
  /// By the upper bits of a product with an odd number without a pattern (the golden ratio).
  [[nodiscard]] Bucket& bucket_of(std::uint64_t address) const noexcept {
    return buckets_[address * 0x9e37'79b9'7f4a'7c15 >> shift_];
  }
  [[nodiscard]] bool is_young(const Bucket& bucket, std::size_t i, std::uint64_t word,
                              std::uint32_t now) const noexcept {
    if ((word & kStatic) != 0) return true;
    // Clocks of cores differ a little: what was seen in the future is young.
    const auto age = static_cast<std::int32_t>(now - bucket.seen[i].load(std::memory_order_relaxed));
    return age < static_cast<std::int32_t>(oldest_);
  }
  Learned enter(Bucket& bucket, std::uint64_t fresh, std::uint32_t now) noexcept;
  Result<void> insert(std::string_view entry);

  std::vector<std::string> written_;  ///< as in the file
  std::uint64_t capacity_ = 8192;
  Duration max_age_{300'000'000'000};

  std::unique_ptr<Bucket[]> buckets_;
  std::size_t count_ = 0;  ///< buckets
  unsigned shift_ = 63;
  std::uint32_t oldest_ = 300;
  std::atomic<std::uint32_t> now_{0};
  std::size_t hand_ = 0;  ///< of `sweep`: the next bucket
  StripedCounter learned_;
  StripedCounter moved_;
  StripedCounter aged_;
  StripedCounter full_;
};

}  // namespace ixyflow::elements
