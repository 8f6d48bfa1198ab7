#pragma once

#include <cstdint>
#include <cstring>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ixyflow::elements {

/// What a frame's bytes are compared with, as in Click's Classifier: "12/0800 23/11" is two clauses, both of
/// which must hold.
///
///   pattern = "-" | clause { " " clause }
///   clause  = [ "!" ] offset "/" value [ "%" mask ]
///
/// `offset` counts from the first byte of the frame, in decimal. `value` and `mask` are hexadecimal, two
/// digits a byte, of the same length; a digit "?" of the value stands for any. "-" matches every frame. A
/// clause whose bytes the frame does not have does not hold, with "!" neither.
class BytePattern {
 public:
  /// What is wrong with the pattern is returned as a sentence.
  static std::expected<BytePattern, std::string> parse(std::string_view text);

  /// Touches the bytes of `frame` only.
  [[nodiscard]] bool matches(std::span<const std::uint8_t> frame) const noexcept {
    for (const Clause& clause : clauses_) {
      if (frame.size() < clause.end) return false;
      if (compare(clause, frame) == clause.negated) return false;
    }
    return true;
  }
  [[nodiscard]] bool matches_everything() const noexcept { return clauses_.empty(); }

 private:
  /// Eight bytes to compare at once; those that do not count have a mask of 0. In the order of memory.
  struct Word {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;  ///< how many of them are meant: 1 to 8
    std::uint64_t value = 0;
    std::uint64_t mask = 0;
  };
  struct Clause {
    std::uint32_t end = 0;  ///< the shortest frame that has its bytes
    bool negated = false;
    Word first;
    std::vector<Word> rest;  ///< of values longer than eight bytes
  };

  static std::expected<Clause, std::string> parse_clause(std::string_view text);
  static std::string read_hex(std::string_view digits, bool wildcards, std::vector<std::uint8_t>& value,
                              std::vector<std::uint8_t>& mask);
  static Clause compile(std::uint32_t offset, const std::vector<std::uint8_t>& value,
                        const std::vector<std::uint8_t>& mask);

  static bool compare(const Word& word, std::span<const std::uint8_t> frame) noexcept {
    std::uint64_t bytes = 0;
    if (word.offset + sizeof bytes <= frame.size()) [[likely]]
      std::memcpy(&bytes, frame.data() + word.offset, sizeof bytes);
    else
      std::memcpy(&bytes, frame.data() + word.offset, word.size);
    return ((bytes ^ word.value) & word.mask) == 0;
  }
  static bool compare(const Clause& clause, std::span<const std::uint8_t> frame) noexcept {
    if (!compare(clause.first, frame)) return false;
    for (const Word& word : clause.rest)
      if (!compare(word, frame)) return false;
    return true;
  }

  std::vector<Clause> clauses_;
};

}  // namespace ixyflow::elements
