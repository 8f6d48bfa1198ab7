#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/base/api.hpp"
#include "core/base/cache_line.hpp"
#include "core/packet/node_memory.hpp"

namespace ixyflow {

/// From hashes to the numbers of entries: the half of a FlowTable that knows nothing of keys and states.
///
/// Buckets of one cache line, with places for eight flows each. A flow has two buckets, and stands in the
/// first of them unless that was full. When both are full, one of the sixteen flows there makes room by
/// moving to its own other bucket: one step of cuckoo hashing (Pagh and Rodler, 2001) with partial keys, as
/// in MemC3 (Fan, Andersen and Kaminsky, 2013). So a search looks at two lines at most, an insertion at
/// eighteen, whatever the hashes are; and at the load for which it is made (65 %), hashes without a
/// pattern always find room: one table in some ten thousand refuses a flow.
///
/// One thread.
class IXYFLOW_API FlowIndex {
 public:
  static constexpr unsigned kWays = 8;
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  /// With room for `flows` at 65 % of its places, on NUMA node `node`. Throws std::bad_alloc.
  FlowIndex(std::uint32_t flows, int node);

  /// Where the flow with this hash, of 64 random bits, is looked for: the `spot` of all other calls.
  [[nodiscard]] std::uint64_t spot_of(std::uint64_t hash) const noexcept {
    return std::uint64_t{scaled(static_cast<std::uint32_t>(hash >> 32))} << 32 |
           (static_cast<std::uint32_t>(hash) | 1);
  }

  // A search in three steps, for who has others to do meanwhile: fetch the first bucket; ask it, which has
  // the second one fetched if that is needed; ask the second one. What is found has the same 31 bits of hash,
  // and is the wanted entry but for one time in 100 million; kNone is certain once both have said so.
  void prefetch(std::uint64_t spot) const noexcept { __builtin_prefetch(&buckets_[first_of(spot)]); }
  [[nodiscard]] std::uint32_t guess_first(std::uint64_t spot) const noexcept {
    const std::uint32_t first = first_of(spot);
    const unsigned places = buckets_[first].places_of(tag_of(spot));
    if (places != 0) [[likely]]
      return buckets_[first].entries[static_cast<unsigned>(std::countr_zero(places))];
    __builtin_prefetch(&buckets_[other_of(first, tag_of(spot))]);
    return kNone;
  }
  [[nodiscard]] std::uint32_t guess_second(std::uint64_t spot) const noexcept {
    const std::uint32_t second = other_of(first_of(spot), tag_of(spot));
    const unsigned places = buckets_[second].places_of(tag_of(spot));
    return places != 0 ? buckets_[second].entries[static_cast<unsigned>(std::countr_zero(places))] : kNone;
  }

  /// The entry at `spot` for which `is_wanted(entry)` says so, or kNone. It is asked about entries with
  /// the same 32 bits of hash only.
  template <class IsWanted>
  [[nodiscard]] std::uint32_t find(std::uint64_t spot, IsWanted is_wanted) const noexcept {
    const Place place = place_of(spot, is_wanted);
    return place.way < kWays ? buckets_[place.bucket].entries[place.way] : kNone;
  }
  /// Puts `entry` at `spot`. False: no room, nothing has changed.
  [[nodiscard]] bool insert(std::uint64_t spot, std::uint32_t entry) noexcept;
  /// Takes out the entry at `spot` for which `is_wanted(entry)` says so. False: there is none.
  template <class IsWanted>
  bool erase(std::uint64_t spot, IsWanted is_wanted) noexcept {
    const Place place = place_of(spot, is_wanted);
    if (place.way == kWays) return false;
    buckets_[place.bucket].tags[place.way] = 0;
    return true;
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return memory_.bytes(); }

 private:
  using Four [[gnu::vector_size(16)]] = std::uint32_t;
  using FourMasks [[gnu::vector_size(16)]] = std::int32_t;

  /// One bit for each of eight masks, which are all ones or all zeros.
  static unsigned bits_of(FourMasks low, FourMasks high) noexcept {
#if defined(__SSE2__)
    const __m128i words = _mm_packs_epi32(std::bit_cast<__m128i>(low), std::bit_cast<__m128i>(high));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(words, _mm_setzero_si128())));
#else
    FourMasks all = (low & FourMasks{1, 2, 4, 8}) | (high & FourMasks{16, 32, 64, 128});
    all |= __builtin_shufflevector(all, all, 2, 3, 0, 1);
    all |= __builtin_shufflevector(all, all, 1, 0, 3, 2);
    return static_cast<unsigned>(all[0]);
#endif
  }

  /// One cache line. A place is free when its tag is 0.
  struct alignas(kCacheLine) Bucket {
    std::array<std::uint32_t, kWays> tags;
    std::array<std::uint32_t, kWays> entries;

    /// One bit for each place with this tag, without a branch: where a flow stands is anybody's guess.
    [[nodiscard]] unsigned places_of(std::uint32_t tag) const noexcept {
      static_assert(kWays == 8);
      const Four wanted{tag, tag, tag, tag};
      Four low;
      Four high;
      std::memcpy(&low, tags.data(), sizeof low);
      std::memcpy(&high, tags.data() + 4, sizeof high);
      return bits_of(low == wanted, high == wanted);
    }
  };

  struct Place {
    std::uint32_t bucket = 0;
    unsigned way = kWays;  ///< kWays: none
  };

  /// Never 0.
  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t spot) noexcept {
    return static_cast<std::uint32_t>(spot);
  }
  [[nodiscard]] static std::uint32_t first_of(std::uint64_t spot) noexcept {
    return static_cast<std::uint32_t>(spot >> 32);
  }
  /// `part` of 2^32, as a number of a bucket.
  [[nodiscard]] std::uint32_t scaled(std::uint32_t part) const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{part} * count_ >> 32);
  }
  /// The other bucket of a flow that has this tag and stands in `bucket`: the two add up to a number that the
  /// tag alone decides, so that either of them leads to the other without the key.
  [[nodiscard]] std::uint32_t other_of(std::uint32_t bucket, std::uint32_t tag) const noexcept {
    const std::uint32_t sum = scaled(tag * 0x9e37'79b1);
    return sum >= bucket ? sum - bucket : sum + count_ - bucket;
  }
  template <class IsWanted>
  [[nodiscard]] Place place_of(std::uint64_t spot, IsWanted& is_wanted) const noexcept {
    const std::uint32_t tag = tag_of(spot);
    const std::uint32_t first = first_of(spot);
    for (const std::uint32_t bucket : {first, other_of(first, tag)})
      for (unsigned places = buckets_[bucket].places_of(tag); places != 0; places &= places - 1)
        if (const auto way = static_cast<unsigned>(std::countr_zero(places));
            is_wanted(buckets_[bucket].entries[way]))
          return {bucket, way};
    return {};
  }
  [[nodiscard]] Place free_place(std::uint32_t bucket) const noexcept;
  [[nodiscard]] Place make_room(std::uint32_t bucket) noexcept;

  std::uint32_t count_;  ///< buckets
  NodeMemory memory_;
  Bucket* buckets_;
};

}  // namespace ixyflow
