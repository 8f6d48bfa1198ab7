#include "core/graph/making/element_seed.hpp"

#include "core/base/dice.hpp"

namespace ixyflow {
namespace {

/// FNV-1a. std::hash may give another number with the next standard library.
std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

/// Without mixing, the seeds of two copies would be near to each other, or as far apart as one step of Dice,
/// and both would draw the same numbers, one of them a little later.
std::uint64_t element_seed(std::uint64_t seed, std::string_view name, std::uint32_t copy) noexcept {
  return mix64(seed ^ mix64(hash_of(name) ^ copy));
}

}  // namespace ixyflow
