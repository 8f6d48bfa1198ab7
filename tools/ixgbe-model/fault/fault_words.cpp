#include "tools/ixgbe-model/fault/fault_words.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/base/diagnostics.hpp"
#include "tools/ixgbe-model/card/control/fault_switches.hpp"

namespace ixyflow::model {

std::unexpected<Error> not_understood(std::string_view word) {
  return fail(ExitCode::usage, fmt::format("'{}' is not understood", printable(word, 40)));
}

Result<bool> on_or_off(std::string_view word) {
  if (word == "on") return true;
  if (word == "off") return false;
  return not_understood(word);
}

Result<std::uint64_t> number(std::string_view word, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc() || end != word.data() + word.size()) return not_understood(word);
  if (value > most) return fail(ExitCode::usage, fmt::format("{} is more than {}", value, most));
  return value;
}

Result<std::uint32_t> how_many(std::string_view word) {
  constexpr std::uint64_t kMost = 1'000'000'000;
  if (word == "once") return 1;
  if (word == "off") return 0;
  if (word == "on") return FaultSwitches::kForEver;
  const auto count = number(word, kMost);
  if (!count) return std::unexpected(count.error());
  return static_cast<std::uint32_t>(*count);
}

}  // namespace ixyflow::model
