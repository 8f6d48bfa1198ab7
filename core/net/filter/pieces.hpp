#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ixyflow {

/// A filter expression, cut along its ands, ors, nots and parentheses into pieces, each of which is an
/// expression of its own.
struct FilterPieces {
  enum class Kind : std::uint8_t { text, all, any };

  Kind kind = Kind::text;
  bool negated = false;
  std::string text;                    ///< of a piece
  std::uint32_t cost = 0;              ///< of a piece, as filter_cost has it
  std::vector<FilterPieces> children;  ///< all of them must match, or any
};

/// About how many BPF instructions libpcap makes of the expression before it optimises: what the time that it
/// takes depends on, with a power of 2 or 3.
[[nodiscard]] std::uint32_t filter_cost(std::string_view expression) noexcept;

/// The expression in pieces of at most `piece_cost`, where that can be had; a single test may cost more. What
/// a test inherits of the one before ("port 80 or 443") is written out. Nothing: it cannot be cut, because
/// one of its words (vlan, mpls, pppoes, geneve) changes the meaning of all that follow, its parentheses do
/// not match, or they are nested more than 100 deep.
[[nodiscard]] std::optional<FilterPieces> cut_filter(std::string_view expression, std::uint32_t piece_cost);

}  // namespace ixyflow
