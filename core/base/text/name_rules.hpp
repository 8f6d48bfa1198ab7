#pragma once

#include <algorithm>
#include <string_view>

namespace ixyflow {

/// The longest name that a file may give to something.
inline constexpr std::size_t kLongestName = 64;

/// What stands behind the name of a port where it is an element that receives, "wan.rx", or transmits,
/// "lan.tx".
inline constexpr std::string_view kReceiveEnd = ".rx";
inline constexpr std::string_view kTransmitEnd = ".tx";

/// Whether `c` may stand in a name or in a type.
[[nodiscard]] inline bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// What elements, ports, cores and parameters are called: [a-z][a-z0-9_]*.
[[nodiscard]] inline bool is_instance_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(
             text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

/// What types are called: a capital, then letters and digits.
[[nodiscard]] inline bool is_type_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text.front() >= 'A' && text.front() <= 'Z' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

}  // namespace ixyflow
