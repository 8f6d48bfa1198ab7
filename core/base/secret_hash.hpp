#pragma once

#include <bit>
#include <cstdint>

#include "core/base/api.hpp"

namespace ixyflow {

/// A number that nobody outside of this process can know, for the hash of a table that strangers fill. From
/// the kernel; on any thread, not on the packet path.
[[nodiscard]] IXYFLOW_API std::uint64_t secret_seed();

/// Both halves of a product in one: folded multiplication, as in wyhash and its relatives.
[[nodiscard]] constexpr std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// 64 bits, in each of which every bit of `word` counts. Who does not know `seed` cannot choose words that
/// collide more often than others: twice, because in one product neighbours stay neighbours.
[[nodiscard]] constexpr std::uint64_t secret_hash(std::uint64_t word, std::uint64_t seed) noexcept {
  // Odd numbers without a pattern: digits of pi.
  constexpr std::uint64_t kFirst = 0x243f'6a88'85a3'08d3;
  constexpr std::uint64_t kSecond = 0x1319'8a2e'0370'7345;
  return folded_product(folded_product(word ^ seed, kFirst ^ seed), kSecond ^ std::rotl(seed, 32));
}

}  // namespace ixyflow
