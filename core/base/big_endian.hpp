#pragma once

#include <bit>
#include <concepts>
#include <cstring>

namespace ixyflow {

/// An unsigned integer as it stands in a packet: network byte order, no alignment. It converts only when
/// asked to
/// (`value()`), because a silent conversion is a silent byte-order bug.
template <std::unsigned_integral T>
class BigEndian {
 public:
  BigEndian() = default;
  explicit constexpr BigEndian(T value) noexcept { *this = value; }

  constexpr BigEndian& operator=(T value) noexcept {
    for (std::size_t i = sizeof(T); i-- > 0; value = static_cast<T>(value >> (sizeof(T) > 1 ? 8 : 0)))
      bytes_[i] = static_cast<unsigned char>(value);
    return *this;
  }

  /// The number in the order of this machine.
  [[nodiscard]] constexpr T value() const noexcept {
    T result = 0;
    for (const unsigned char byte : bytes_)
      result = static_cast<T>((result << (sizeof(T) > 1 ? 8 : 0)) | byte);
    return result;
  }

  friend constexpr bool operator==(const BigEndian&, const BigEndian&) = default;

 private:
  unsigned char bytes_[sizeof(T)];
};

using Be16 = BigEndian<unsigned short>;
using Be32 = BigEndian<unsigned int>;
using Be64 = BigEndian<unsigned long>;

static_assert(sizeof(Be16) == 2 && sizeof(Be32) == 4 && sizeof(Be64) == 8 && alignof(Be64) == 1);

}  // namespace ixyflow
