#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "core/base/diagnostics.hpp"

namespace ixyflow {
namespace {

/// Longer words are no names; the bound keeps a hostile file from costing quadratic time.
constexpr std::size_t kLongestName = 64;

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Edit distance with insertions, deletions, substitutions and transpositions of neighbours:
/// Damerau-Levenshtein in its "optimal string alignment" form. `same` decides which characters are equal. At
/// most kLongestName characters.
template <class Same>
std::size_t edit_distance(std::string_view a, std::string_view b, Same same) {
  using Row = std::array<std::size_t, kLongestName + 1>;
  Row two_above{};
  Row above{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
    two_above = above;
    above = row;
  }
  return above[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kLongestName) return {};
  std::string_view nearest;
  std::pair<std::size_t, std::size_t> best;  // distance regardless of case, then with it
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestName) continue;
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t allowed = std::min(std::max<std::size_t>(longer / 3, 1), longer - 1);
    const std::size_t shorter = std::min(word.size(), candidate.size());
    if (longer - shorter > allowed) continue;
    const std::size_t folded =
        edit_distance(word, candidate, [](char x, char y) { return lower(x) == lower(y); });
    if (folded > allowed) continue;
    const std::pair distance{folded, edit_distance(word, candidate, [](char x, char y) { return x == y; })};
    if (nearest.empty() || distance < best) {
      nearest = candidate;
      best = distance;
    }
  }
  return nearest;
}

std::string with_hint(std::string text, std::string_view hint) {
  if (!hint.empty()) text.append("; ").append(hint);
  return text;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string_view nearest = nearest_name(word, candidates);
  return nearest.empty() ? "" : "did you mean '" + std::string(nearest) + "'?";
}

}  // namespace ixyflow
