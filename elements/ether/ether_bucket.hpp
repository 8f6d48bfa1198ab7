#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/base/cache_line.hpp"
#include "core/element/port_index.hpp"

namespace ixyflow::elements {

/// A station of an EtherTable in one word, so that nobody sees it in parts: from below its address, the
/// output behind which it is, and whether the entry is static. 0: none.
struct EtherWord {
  static constexpr std::uint64_t kAddress = (std::uint64_t{1} << 48) - 1;
  static constexpr unsigned kOutputShift = 48;
  static constexpr std::uint64_t kStatic = std::uint64_t{1} << 63;

  [[nodiscard]] static constexpr std::uint64_t learned(std::uint64_t address, PortIndex output) noexcept {
    return address | std::uint64_t{output} << kOutputShift;
  }
  [[nodiscard]] static constexpr std::uint64_t address_of(std::uint64_t word) noexcept {
    return word & kAddress;
  }
  [[nodiscard]] static constexpr PortIndex output_of(std::uint64_t word) noexcept {
    return static_cast<PortIndex>(word >> kOutputShift & 0x7fff);
  }
  [[nodiscard]] static constexpr bool is_static(std::uint64_t word) noexcept { return (word & kStatic) != 0; }
};

/// Stations whose addresses have the same hash: places for eight. Any worker learns into it, and the control
/// thread, one at a time, adds static entries and takes out any; nobody waits. In all of it `address` is not
/// 0, and `too_old` a second: who was seen last then, or before, does not count any more.
///
/// Two workers that learn a new address at the same time may choose two places for it, and so may the control
/// thread that adds it. Each of them looks once more when its word stands: because each writes before it
/// looks (sequentially consistent, the pattern of Dekker), at least one of the two sees both words, and takes
/// out the second of two that are learned, or the one that is learned beside a static one. A static word goes
/// into the first place without one, so that it stands before any twin that is learned meanwhile, and who
/// searches from the front finds it first.
///
/// tests/model checks its orders with another `Atomic`.
template <template <class> class Atomic = std::atomic>
class alignas(kCacheLine) EtherBucket {
 public:
  static constexpr std::size_t kWays = 8;

  /// What `find` gives for an address that it does not know. No output has this number.
  static constexpr PortIndex kUnknown = 0x7fff;

  struct Place {
    std::size_t way = kWays;  ///< kWays: none
    std::uint64_t word = 0;   ///< what stood there
  };

  /// Where `address` was seen last, or kUnknown. Any worker.
  [[nodiscard]] PortIndex find(std::uint64_t address, std::uint32_t too_old) const noexcept {
    for (std::size_t way = 0; way < kWays; ++way)
      if (const std::uint64_t word = at(way);
          word != 0 && EtherWord::address_of(word) == address && is_young(way, word, too_old))
        return EtherWord::output_of(word);
    return kUnknown;
  }
  /// Whether a static entry has `address` behind `output`. Any worker.
  [[nodiscard]] bool has_static(std::uint64_t address, PortIndex output) const noexcept {
    const std::uint64_t wanted = EtherWord::learned(address, output) | EtherWord::kStatic;
    for (std::size_t way = 0; way < kWays; ++way)
      if (at(way) == wanted) return true;
    return false;
  }
  /// Notes that `learned` is seen `now`. False: it does not stand here, neither learned nor static. Any
  /// worker.
  [[nodiscard]] bool see(std::uint64_t learned, std::uint32_t now) noexcept {
    for (std::size_t way = 0; way < kWays; ++way)
      if ((at(way) & ~EtherWord::kStatic) == learned) [[likely]] {
        // Most frames find their second noted already, and leave the line to those who read it.
        if (seen_[way].load(std::memory_order_relaxed) != now)
          seen_[way].store(now, std::memory_order_relaxed);
        return true;
      }
    return false;
  }

  /// Where `address` stands, else the first place that is free or too old. Any worker.
  [[nodiscard]] Place place_for(std::uint64_t address, std::uint32_t too_old) const noexcept {
    Place place;
    for (std::size_t way = 0; way < kWays; ++way) {
      const std::uint64_t word = at(way);
      if (word != 0 && EtherWord::address_of(word) == address) return {way, word};
      if (place.way == kWays && (word == 0 || !is_young(way, word, too_old))) place = {way, word};
    }
    return place;
  }
  /// Puts a learned word, seen `now`, into the place that was found for it, whose word is gone then;
  /// `gone(word)` is called for each twin that is. False: somebody was faster, and nothing has changed. Any
  /// worker.
  template <class Gone>
  [[nodiscard]] bool replace(Place place, std::uint64_t learned, std::uint32_t now, Gone gone) noexcept {
    if (!words_[place.way].compare_exchange_strong(place.word, learned, std::memory_order_seq_cst))
      return false;
    seen_[place.way].store(now, std::memory_order_relaxed);
    take_out_twins(EtherWord::address_of(learned), gone);
    return true;
  }
  /// Adds the static word of an address that has none yet. `gone(word)` is called for each learned word that
  /// is gone then: those of this address, and the one that stood in the place. False: it is full of static
  /// ones. Control thread.
  template <class Gone>
  [[nodiscard]] bool add_static(std::uint64_t word, Gone gone) noexcept {
    std::size_t way = 0;
    while (way < kWays && EtherWord::is_static(at(way))) ++way;
    if (way == kWays) return false;
    if (const std::uint64_t before = words_[way].exchange(word, std::memory_order_seq_cst); before != 0)
      gone(before);
    take_out_twins(EtherWord::address_of(word), gone);
    return true;
  }

  /// Calls `visit(word, young)` for each word. Any thread.
  template <class Visit>
  void each(std::uint32_t too_old, Visit visit) const {
    for (std::size_t way = 0; way < kWays; ++way)
      if (const std::uint64_t word = at(way); word != 0) visit(word, is_young(way, word, too_old));
  }
  /// Takes out the words for which `is_unwanted(word, young)` says so, and calls `gone(word)` for each. What
  /// a worker writes to such a place at this very moment stays. Control thread.
  template <class IsUnwanted, class Gone>
  void take_out(std::uint32_t too_old, IsUnwanted is_unwanted, Gone gone) noexcept {
    for (std::size_t way = 0; way < kWays; ++way)
      if (std::uint64_t word = at(way);
          word != 0 && is_unwanted(word, is_young(way, word, too_old)) &&
          words_[way].compare_exchange_strong(word, 0, std::memory_order_relaxed))
        gone(word);
  }

 private:
  [[nodiscard]] std::uint64_t at(std::size_t way) const noexcept {
    return words_[way].load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_young(std::size_t way, std::uint64_t word, std::uint32_t too_old) const noexcept {
    // Clocks of cores differ a little: what was seen in the future is young.
    return EtherWord::is_static(word) ||
           static_cast<std::int32_t>(seen_[way].load(std::memory_order_relaxed) - too_old) > 0;
  }
  /// Of several words with this address one stays: the static one, else the first.
  template <class Gone>
  void take_out_twins(std::uint64_t address, Gone gone) noexcept {
    std::array<std::uint64_t, kWays> words;
    std::size_t stays = kWays;
    for (std::size_t way = 0; way < kWays; ++way) {
      words[way] = words_[way].load(std::memory_order_seq_cst);
      if (EtherWord::address_of(words[way]) != address) continue;
      if (stays == kWays || (EtherWord::is_static(words[way]) && !EtherWord::is_static(words[stays])))
        stays = way;
    }
    for (std::size_t way = 0; way < kWays; ++way)
      if (way != stays && EtherWord::address_of(words[way]) == address && !EtherWord::is_static(words[way]) &&
          words_[way].compare_exchange_strong(words[way], 0, std::memory_order_relaxed))
        gone(words[way]);
  }

  std::array<Atomic<std::uint64_t>, kWays> words_{};
  std::array<Atomic<std::uint32_t>, kWays> seen_{};  ///< seconds
};

}  // namespace ixyflow::elements
