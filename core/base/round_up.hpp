#pragma once

#include <concepts>
#include <type_traits>

namespace ixyflow {

/// The smallest multiple of `unit`, which is not 0, that is at least `value`.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T round_up(T value, std::type_identity_t<T> unit) noexcept {
  return (value + unit - 1) / unit * unit;
}

}  // namespace ixyflow
