#pragma once

#include <cstdint>

namespace ixyflow {

/// Every bit of the result depends on every bit of `z`: the last step of SplitMix64.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t z) noexcept {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
  z = (z ^ z >> 27) * 0x94d049bb133111ebU;
  return z ^ z >> 31;
}

/// Chance that can be repeated: the same seed gives the same numbers, on every machine. SplitMix64
/// (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", 2014): any seed is
/// as good as any other. Not for secrets. An element takes Configuration::seed, which differs from element to
/// element and from copy to copy. One thread.
class Dice {
 public:
  explicit constexpr Dice(std::uint64_t seed = 0) noexcept : state_(seed) {}

  /// The next 64 random bits. Who needs fewer takes the upper ones.
  constexpr std::uint64_t next() noexcept { return mix64(state_ += 0x9e3779b97f4a7c15U); }

 private:
  std::uint64_t state_;
};

}  // namespace ixyflow
