#include "core/base/text/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "core/base/diagnostics.hpp"

namespace ixyflow {

std::string with_suggestion(std::string text, std::string_view word,
                            const std::vector<std::string>& candidates) {
  return with_hint(std::move(text), did_you_mean(word, candidates));
}

std::string list_of_names(std::string_view what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 12;
  if (names.empty()) return fmt::format("there are no {}", what);
  const bool all = names.size() <= kShown;
  const auto end = all ? names.end() : names.begin() + kShown;
  return fmt::format("{}: {}{}", what, printable(fmt::format("{}", fmt::join(names.begin(), end, ", "))),
                     all ? "" : ", ...");
}

std::string nearest_or_list(std::string_view word, std::string_view what,
                            const std::vector<std::string>& candidates) {
  std::string nearest = did_you_mean(word, candidates);
  return nearest.empty() ? list_of_names(what, candidates) : nearest;
}

}  // namespace ixyflow
