#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace ixyflow {

/// What can stand in a packet in network byte order: an unsigned integer, or an enumeration of such numbers.
template <class T>
concept WireNumber = std::unsigned_integral<T> || std::is_enum_v<T>;

/// A number as it stands in a packet: network byte order, no alignment. It converts only when asked to
/// (`value()`), because a silent conversion is a silent byte-order bug.
template <WireNumber T>
class BigEndian {
  using Integer =
      typename std::conditional_t<std::is_enum_v<T>, std::underlying_type<T>, std::type_identity<T>>::type;

 public:
  BigEndian() = default;
  explicit constexpr BigEndian(T value) noexcept { *this = value; }

  constexpr BigEndian& operator=(T value) noexcept {
    auto rest = static_cast<Integer>(value);
    for (std::size_t i = sizeof(T); i-- > 0; rest = static_cast<Integer>(rest >> (sizeof(T) > 1 ? 8 : 0)))
      bytes_[i] = static_cast<unsigned char>(rest);
    return *this;
  }

  /// The number in the order of this machine.
  [[nodiscard]] constexpr T value() const noexcept {
    Integer result = 0;
    for (const unsigned char byte : bytes_)
      result = static_cast<Integer>((result << (sizeof(T) > 1 ? 8 : 0)) | byte);
    return static_cast<T>(result);
  }

  /// Whether any of `bits` is set. The bits are brought into the order of the packet, not the packet into
  /// ours: constants cost nothing there.
  [[nodiscard]] constexpr bool has_any(T bits) const noexcept requires std::unsigned_integral<T> {
    return (std::bit_cast<T>(*this) & std::bit_cast<T>(BigEndian(bits))) != 0;
  }

  friend constexpr bool operator==(const BigEndian& a, const BigEndian& b) noexcept {
    return std::bit_cast<Integer>(a) == std::bit_cast<Integer>(b);
  }

 private:
  unsigned char bytes_[sizeof(T)];
};

using Be16 = BigEndian<unsigned short>;
using Be32 = BigEndian<unsigned int>;
using Be64 = BigEndian<unsigned long>;

static_assert(sizeof(Be16) == 2 && sizeof(Be32) == 4 && sizeof(Be64) == 8 && alignof(Be64) == 1);

}  // namespace ixyflow
