#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/result.hpp"

/// The words that follow a fault's name. Errors: usage.
namespace ixyflow::model {

Result<bool> on_or_off(std::string_view word);
/// COUNT: once, a number, on (for ever) or off (0).
Result<std::uint32_t> how_many(std::string_view word);
/// A number of at most `most`.
Result<std::uint64_t> number(std::string_view word, std::uint64_t most = ~std::uint64_t{0});
/// For a word that is none of those allowed.
std::unexpected<Error> not_understood(std::string_view word);

/// Does something with what a word stands for, if it stands for something.
template <class T, class Do>
Result<void> with(const Result<T>& value, Do what) {
  if (!value) return std::unexpected(value.error());
  what(*value);
  return {};
}

}  // namespace ixyflow::model
