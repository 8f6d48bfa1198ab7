#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "core/base/secret_hash.hpp"
#include "core/base/units.hpp"
#include "core/element/flow_index.hpp"
#include "core/packet/batch.hpp"
#include "core/packet/node_memory.hpp"

namespace ixyflow {

/// What an element remembers of each flow: a hash table of fixed size that forgets who was silent. One worker
/// owns it: make it in `prepare`, so that its memory lies on that worker's NUMA node. Nothing is allocated
/// afterwards, and every call does a bounded amount of work, whatever the keys are.
///
/// `Key` is trivially copyable, has == and `std::uint64_t hash(std::uint64_t seed) const noexcept` (FlowKey
/// does). `State` begins as State{} and needs no destructor. A pointer to a state is good until its flow is
/// erased or expires, and no longer: do not keep it over a call of `erase` or `expire`.
///
///   const std::uint64_t hash = table.hash(key);
///   State* state = table.find(key, hash, outputs.now());
///   if (state == nullptr) state = table.insert(key, hash, outputs.now());
///   if (state == nullptr) ...   // no room: `refused` says why
///
/// Memory per flow: key and state, 8 bytes, and 12 in the index.
template <class Key, class State>
class FlowTable {
  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_destructible_v<State>);

 public:
  /// Why `insert` found no room.
  enum class Refused : std::uint8_t {
    nothing,  ///< it did
    full,     ///< as many flows as the capacity are live
    crowded,  ///< its two buckets are full, and so are those to which somebody there could move. Hashes
              ///< without a pattern never meet this
  };

  /// Room for `capacity` flows, at least 1 and below 2^31, on NUMA node `node` (below 0: that of the calling
  /// thread). `seed` decides the hash: secret_seed(), or any number in tests. Throws std::bad_alloc.
  explicit FlowTable(std::uint32_t capacity, std::uint64_t seed, int node = -1)
      : index_(capacity, node),
        memory_(capacity * sizeof(Entry), node),
        entries_(static_cast<Entry*>(memory_.get())),
        capacity_(capacity),
        seed_(seed) {}

  /// What the other calls want as `hash`.
  [[nodiscard]] std::uint64_t hash(const Key& key) const noexcept { return index_.spot_of(key.hash(seed_)); }
  /// The same, and has the line fetched that a search for it begins with: for `find_many`.
  [[nodiscard]] std::uint64_t fetch(const Key& key) const noexcept {
    const std::uint64_t spot = hash(key);
    index_.prefetch(spot);
    return spot;
  }

  /// The state of a live flow, which counts as seen `now` from here on; null when there is none. `now` is
  /// never below 0.
  [[nodiscard]] State* find(const Key& key, std::uint64_t hash, Nanoseconds now) noexcept {
    const std::uint32_t number = index_.find(hash, [&](std::uint32_t n) { return entries_[n].key == key; });
    return number != FlowIndex::kNone ? touched(entries_[number], now) : nullptr;
  }

  /// `find` for a batch: calls `found(i, state)` for each i in order, with the state of keys[i], for which
  /// `fetch` gave hashes[i]; at most kMaxBatch. `found` may insert, but must not end flows. Many times as
  /// fast as one after another where the table is larger than the caches, because the lines of all are
  /// fetched at the same time.
  template <class Found>
  void find_many(std::span<const Key> keys, std::span<const std::uint64_t> hashes, Nanoseconds now,
                 Found found) noexcept {
    assert(keys.size() <= kMaxBatch && hashes.size() == keys.size());
    const std::size_t count = keys.size();
    std::array<std::uint32_t, kMaxBatch> guesses;
    std::array<std::uint8_t, kMaxBatch> others;  // those that stand in their second bucket, if anywhere
    std::size_t other_count = 0;
    for (std::size_t i = 0; i < count; ++i) {
      guesses[i] = prefetched(index_.guess_first(hashes[i]));
      if (guesses[i] == FlowIndex::kNone) [[unlikely]]
        others[other_count++] = static_cast<std::uint8_t>(i);
    }
    for (const std::uint8_t i : std::span(others).first(other_count))
      guesses[i] = prefetched(index_.guess_second(hashes[i]));
    for (std::size_t i = 0; i < count; ++i) {
      if (guesses[i] == FlowIndex::kNone) [[unlikely]] {
        found(i, static_cast<State*>(nullptr));
        continue;
      }
      Entry& entry = entries_[guesses[i]];
      // Else it is another flow with the same 31 bits of hash.
      found(i, entry.key == keys[i] ? touched(entry, now) : find(keys[i], hashes[i], now));
    }
  }

  /// A new flow, seen `now`. It must not be there already: ask `find` first. Null: there is no room for it,
  /// and refused() says why.
  [[nodiscard]] State* insert(const Key& key, std::uint64_t hash, Nanoseconds now) noexcept {
    assert(find(key, hash, now) == nullptr);
    if (free_ == kNoneFree && used_ == capacity_) return refuse(Refused::full);
    const std::uint32_t number = free_ != kNoneFree ? free_ : used_;
    if (!index_.insert(hash, number)) return refuse(Refused::crowded);
    Entry& entry = entries_[number];
    if (free_ != kNoneFree)
      free_ = static_cast<std::uint32_t>(~entry.seen);
    else
      ++used_;
    ++size_;
    std::construct_at(&entry, key, State{}, now);
    return &entry.state;
  }
  /// Why the last `insert` that returned null found no room.
  [[nodiscard]] Refused refused() const noexcept { return refused_; }

  /// Ends a flow. False: there is none.
  bool erase(const Key& key, std::uint64_t hash) noexcept {
    std::uint32_t number = FlowIndex::kNone;
    const bool found =
        index_.erase(hash, [&](std::uint32_t n) { return number = n, entries_[n].key == key; });
    if (found) release(number);
    return found;
  }

  /// Goes on through the table with its hand, from where the last call stopped, past at most `most` places.
  /// Calls `visit(const Key&, State&, Nanoseconds seen)` for each live flow there, and ends those for which
  /// it returns true. True: the hand is at the end, and begins anew with the next call. `visit` must not call
  /// the table.
  template <class Visit>
  bool sweep(std::uint32_t most, Visit visit) noexcept {
    const auto places =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{hand_} + most, used_));
    // They leave the index a few at a time, so that its lines are fetched together.
    std::array<std::uint32_t, 16> ended;
    std::size_t count = 0;
    for (; hand_ < places; ++hand_) {
      Entry& entry = entries_[hand_];
      if (entry.seen < 0 || !visit(std::as_const(entry.key), entry.state, entry.seen)) continue;
      index_.prefetch(hash(entry.key));
      ended[count++] = hand_;
      if (count < ended.size()) continue;
      remove(ended);
      count = 0;
    }
    remove(std::span(ended).first(count));
    if (hand_ < used_) return false;
    hand_ = 0;
    return true;
  }
  /// Ageing: `sweep` that ends the flows which were last seen before `before`, after it has called
  /// `gone(const Key&, State&)` for each. Returns how many.
  template <class Gone>
  std::uint32_t expire(Nanoseconds before, std::uint32_t most, Gone gone) noexcept {
    std::uint32_t ended = 0;
    sweep(most, [&](const Key& key, State& state, Nanoseconds seen) {
      if (seen >= before) return false;
      gone(key, state);
      ++ended;
      return true;
    });
    return ended;
  }

  /// Flows that are live.
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  /// Bytes of memory, all in all.
  [[nodiscard]] std::size_t bytes() const noexcept { return memory_.bytes() + index_.bytes(); }

 private:
  struct Entry {
    Key key;
    State state;
    Nanoseconds seen;  ///< when; below 0: free, and the complement of the number of the next free one
  };
  static constexpr std::uint32_t kNoneFree = 0xffff'ffff >> 1;

  [[nodiscard]] State* touched(Entry& entry, Nanoseconds now) noexcept {
    entry.seen = now;
    return &entry.state;
  }
  /// Has the lines of an entry fetched, if it is one.
  [[nodiscard]] std::uint32_t prefetched(std::uint32_t number) const noexcept {
    if (number == FlowIndex::kNone) return number;
    const auto* const first = reinterpret_cast<const char*>(&entries_[number]);
    for (std::size_t at = 0; at < sizeof(Entry); at += kCacheLine) __builtin_prefetch(first + at, 1);
    if constexpr (sizeof(Entry) % kCacheLine != 0) __builtin_prefetch(first + sizeof(Entry) - 1, 1);
    return number;
  }
  [[nodiscard]] State* refuse(Refused why) noexcept {
    refused_ = why;
    return nullptr;
  }
  void remove(std::span<const std::uint32_t> numbers) noexcept {
    for (const std::uint32_t number : numbers) {
      index_.erase(hash(entries_[number].key), [number](std::uint32_t n) { return n == number; });
      release(number);
    }
  }
  void release(std::uint32_t number) noexcept {
    entries_[number].seen = ~Nanoseconds{free_};
    free_ = number;
    --size_;
  }

  FlowIndex index_;
  NodeMemory memory_;
  Entry* entries_;
  std::uint32_t capacity_;
  std::uint64_t seed_;
  std::uint32_t size_ = 0;
  std::uint32_t used_ = 0;  ///< entries that were ever in use: the first so many
  std::uint32_t free_ = kNoneFree;
  std::uint32_t hand_ = 0;
  Refused refused_ = Refused::nothing;
};

}  // namespace ixyflow
