#include "core/graph/making/element_seed.hpp"

namespace ixyflow {
namespace {

/// FNV-1a. std::hash may give another number with the next standard library.
std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// The last step of SplitMix64 (S. Vigna): every bit of the result depends on every bit of `z`. Without it
/// the seeds of two copies would be near to each other, or as far apart as one step of a generator that
/// counts up, and both would draw the same numbers, one of them a little later.
std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
  z = (z ^ z >> 27) * 0x94d049bb133111ebU;
  return z ^ z >> 31;
}

}  // namespace

std::uint64_t element_seed(std::uint64_t seed, std::string_view name, std::uint32_t copy) noexcept {
  return mix(seed ^ mix(hash_of(name) ^ copy));
}

}  // namespace ixyflow
