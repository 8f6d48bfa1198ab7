#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/diagnostics.hpp"

namespace ixyflow {
namespace {

/// Longer words are no names; the bound keeps a hostile file from costing quadratic time.
constexpr std::size_t kLongestName = 64;

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The characters of `text`, regardless of case: a bit for each, which a few share.
std::uint64_t characters_of(std::string_view text) noexcept {
  std::uint64_t set = 0;
  for (const char c : text) set |= std::uint64_t{1} << (static_cast<unsigned char>(lower(c)) % 64);
  return set;
}

/// At most the edit distance of two texts with these characters: each slip takes or brings one of them.
std::size_t least_distance(std::uint64_t a, std::uint64_t b) noexcept {
  return static_cast<std::size_t>(std::max(std::popcount(a & ~b), std::popcount(b & ~a)));
}

/// Edit distance with insertions, deletions, substitutions and transpositions of neighbours:
/// Damerau-Levenshtein in its "optimal string alignment" form. `same` decides which characters are equal. At
/// most kLongestName characters. A distance above `most` is not counted to its end: more than `most`.
template <class Same>
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most, Same same) {
  std::array<std::array<std::size_t, kLongestName + 1>, 3> rows;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i - 1) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    std::size_t least = row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      std::size_t distance = std::min(std::min(above[j], row[j - 1]) + 1, replaced);
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        distance = std::min(distance, two_above[j - 2] + 1);
      row[j] = distance;
      least = std::min(least, distance);
    }
    // No way through the rows gets shorter.
    if (least > most) return least;
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kLongestName) return {};
  std::string_view nearest;
  std::pair<std::size_t, std::size_t> best;  // distance regardless of case, then with it
  const std::uint64_t characters = characters_of(word);
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestName) continue;
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t allowed = std::min(std::max<std::size_t>(longer / 3, 1), longer - 1);
    const std::size_t shorter = std::min(word.size(), candidate.size());
    if (longer - shorter > allowed || least_distance(characters, characters_of(candidate)) > allowed)
      continue;
    const std::size_t most = nearest.empty() ? allowed : std::min(allowed, best.first);
    const std::size_t folded =
        edit_distance(word, candidate, most, [](char x, char y) { return lower(x) == lower(y); });
    if (folded > most) continue;
    const std::pair distance{folded,
                             edit_distance(word, candidate, longer, [](char x, char y) { return x == y; })};
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
