#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "tests/fuzz/target.hpp"

namespace ixyflow::fuzz {

/// An input as a sequence of decisions, for targets whose inputs have a structure. Behind its end everything
/// is 0.
class Input {
 public:
  explicit Input(Bytes bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

  /// The next number or plain structure, as it lies in memory.
  template <class T>
  T take() noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    const std::size_t count = std::min(sizeof value, rest_.size());
    std::memcpy(reinterpret_cast<std::byte*>(&value), rest_.data(), count);
    rest_ = rest_.subspan(count);
    return value;
  }
  std::uint8_t byte() noexcept { return take<std::uint8_t>(); }
  bool flag() noexcept { return (byte() & 1) != 0; }
  /// A number below `limit`, which is not 0.
  std::uint32_t below(std::uint32_t limit) noexcept {
    return (limit <= 256 ? byte() : take<std::uint16_t>()) % limit;
  }
  /// So many bytes, or what is left.
  Bytes bytes(std::size_t count) noexcept {
    const Bytes taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  /// All up to the next `end`, which is taken as well, or to the end.
  std::string_view text(char end) noexcept {
    const std::string_view all = rest_as_text();
    const std::string_view found = all.substr(0, all.find(end));
    rest_ = rest_.subspan(std::min(all.size(), found.size() + 1));
    return found;
  }
  [[nodiscard]] std::string_view rest_as_text() const noexcept {
    return {reinterpret_cast<const char*>(rest_.data()), rest_.size()};
  }

 private:
  Bytes rest_;
};

/// The input as text.
inline std::string_view text_of(Bytes input) noexcept {
  return Input(input).rest_as_text();
}

}  // namespace ixyflow::fuzz
