#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/base/big_endian.hpp"

namespace ixyflow::elements {

/// The ones' complement sum of 16-bit words that a change added, modulo 65,535: RFC 1624's sum of ~m + m'
/// over all words that changed, kept wide and folded once. In the byte order of the machine, which such a sum
/// does not mind (RFC 1071, 2B) as long as the checksum that it meets is read in the same order.
using SumChange = std::uint64_t;

/// RFC 1624, equation 3, for any number of changed words: HC' = ~(~HC + sum of (~m + m')). `checksum` as it
/// lies in memory.
[[nodiscard]] inline std::uint16_t corrected_checksum(std::uint16_t checksum, SumChange change) noexcept {
  // Each step adds the upper half to the lower one; the carry out of it comes back in at the other end.
  const std::uint64_t sum = static_cast<std::uint16_t>(~checksum) + change;
  const auto half = static_cast<std::uint32_t>((sum + std::rotl(sum, 32)) >> 32);
  return static_cast<std::uint16_t>(~((half + std::rotl(half, 16)) >> 16));
}

/// What shall become of the bits of one header. Collected field by field while the element is configured,
/// then compiled into a few masked loads and stores; a packet costs one of these for every 8 bytes or less
/// that change, however many fields those are.
///
/// All work is done in whole 16-bit words counted from the start of the header, because checksums sum such
/// words.
class HeaderEdits {
 public:
  static constexpr std::size_t kMaxHeader = 60;

  /// Replaces `bits` bits from `bit_offset` by the last `bits` bits of `value`.
  void set(std::uint32_t bit_offset, std::uint32_t bits, std::span<const std::uint8_t> value) {
    const std::uint32_t skipped = static_cast<std::uint32_t>(value.size()) * 8 - bits;
    for (std::uint32_t i = 0; i < bits; ++i) {
      const std::uint32_t from = skipped + i;
      const std::uint32_t to = bit_offset + i;
      const std::uint8_t bit = static_cast<std::uint8_t>(0x80U >> (to % 8));
      changed_[to / 8] |= bit;
      if ((value[from / 8] & (0x80U >> (from % 8))) != 0) value_[to / 8] |= bit;
    }
    note_touched(bit_offset, bits);
  }

  /// Adds `amount` to the number in `bits` bits (at most 32, within 4 bytes from an even one) from
  /// `bit_offset`, modulo 2^bits.
  void add(std::uint32_t bit_offset, std::uint32_t bits, std::int64_t amount) {
    const std::uint32_t start = bit_offset / 16 * 2;
    const std::uint32_t end = (bit_offset + bits + 15) / 16 * 2;
    const std::uint32_t shift = end * 8 - bit_offset - bits;
    const std::uint64_t mask = ((std::uint64_t{1} << bits) - 1) << shift;
    additions_.push_back({.mask = mask,
                          .value = static_cast<std::uint64_t>(amount) << shift,
                          .offset = static_cast<std::uint16_t>(start),
                          .kind = end - start > 2 ? Kind::add_4 : Kind::add_2});
    note_touched(bit_offset, bits);
  }

  /// Ends the collection. `size` bytes of the header are known to be there when the edits are applied, at
  /// least `touched()`: a wide store may cover untouched bytes of it, which it writes as they were.
  void compile(std::size_t size) {
    edits_ = additions_;
    for (std::size_t at = 0; at < touched_;) {
      if (!changes_word(at)) {
        at += 2;
        continue;
      }
      std::size_t width = changes_word(at + 4) || changes_word(at + 6) ? 8 : changes_word(at + 2) ? 4 : 2;
      while (at + width > size) width /= 2;
      edits_.push_back(replacement(at, width));
      at += width;
    }
  }

  /// Bytes from the start of the header up to the last word that is edited; 0 when there is no edit.
  [[nodiscard]] std::size_t touched() const noexcept { return touched_; }

  /// Edits the header. What covers it by a checksum is corrected with the result.
  SumChange apply(std::uint8_t* header) const noexcept {
    SumChange change = 0;
    for (const Edit& edit : edits_) {
      switch (edit.kind) {
        case Kind::set_8:
          change += replace<std::uint64_t>(header, edit);
          break;
        case Kind::set_4:
          change += replace<std::uint32_t>(header, edit);
          break;
        case Kind::set_2:
          change += replace<std::uint16_t>(header, edit);
          break;
        case Kind::add_4:
          change += add_to<std::uint32_t>(header, edit);
          break;
        case Kind::add_2:
          change += add_to<std::uint16_t>(header, edit);
          break;
      }
    }
    return change;
  }

 private:
  enum class Kind : std::uint16_t { set_8, set_4, set_2, add_4, add_2 };

  /// One masked load and store. `mask` has the bits that change; `value` is what replaces them, in memory
  /// order, or what is added to them, as a number.
  struct Edit {
    std::uint64_t mask = 0;
    std::uint64_t value = 0;
    std::uint16_t offset = 0;
    Kind kind = Kind::set_8;
  };

  void note_touched(std::uint32_t bit_offset, std::uint32_t bits) {
    touched_ = std::max<std::size_t>(touched_, (bit_offset + bits + 15) / 16 * 2);
  }

  [[nodiscard]] bool changes_word(std::size_t at) const noexcept {
    return at < touched_ && (changed_[at] | changed_[at + 1]) != 0;
  }

  [[nodiscard]] Edit replacement(std::size_t at, std::size_t width) const noexcept {
    Edit edit{.offset = static_cast<std::uint16_t>(at),
              .kind = width == 8   ? Kind::set_8
                      : width == 4 ? Kind::set_4
                                   : Kind::set_2};
    std::memcpy(&edit.mask, changed_.data() + at, width);
    std::memcpy(&edit.value, value_.data() + at, width);
    return edit;
  }

  /// Halves of 64-bit words are summed apart, so that no carry is lost.
  static SumChange sum(std::uint64_t word) noexcept { return (word & 0xffff'ffff) + (word >> 32); }

  template <class Word>
  static SumChange replace(std::uint8_t* header, const Edit& edit) noexcept {
    Word before;
    std::memcpy(&before, header + edit.offset, sizeof before);
    const Word after =
        static_cast<Word>((before & ~static_cast<Word>(edit.mask)) | static_cast<Word>(edit.value));
    std::memcpy(header + edit.offset, &after, sizeof after);
    return sum(after) + sum(static_cast<Word>(~before));
  }

  template <class Word>
  static SumChange add_to(std::uint8_t* header, const Edit& edit) noexcept {
    Word before;
    std::memcpy(&before, header + edit.offset, sizeof before);
    const auto mask = static_cast<Word>(edit.mask);
    const Word number = from_network(before);
    const Word after = from_network(static_cast<Word>((number & ~mask) | ((number + edit.value) & mask)));
    std::memcpy(header + edit.offset, &after, sizeof after);
    return sum(after) + sum(static_cast<Word>(~before));
  }

  /// Between the order of the wire and that of the machine, either way.
  template <class Word>
  static Word from_network(Word word) noexcept {
    if constexpr (std::endian::native == std::endian::little) return std::byteswap(word);
    return word;
  }

  std::vector<Edit> edits_;
  std::vector<Edit> additions_;  ///< collected for edits_
  std::size_t touched_ = 0;
  std::array<std::uint8_t, kMaxHeader + 8> changed_{};  ///< bits that `set` replaces
  std::array<std::uint8_t, kMaxHeader + 8> value_{};    ///< and what by
};

}  // namespace ixyflow::elements
