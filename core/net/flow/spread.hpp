#pragma once

#include <cstdint>

namespace ixyflow {

/// Who spreads flows, for `spread`: each has its own salt, because what one has dealt out the next one deals
/// out again. With the same salt it would see flows for some of its places only.
enum class Spreader : std::uint32_t {
  copies = 0x9e3779b9,  ///< over the copies of an element on several cores
  rings = 0x7f4a7c15,   ///< over the queues of a device that leaves the choice to us
};

/// The place of a flow among `count` (at least 1): all packets of a flow have the same, and random flows have
/// each with the same probability. `salt` makes another choice of the same flows.
[[nodiscard]] constexpr std::uint32_t spread(std::uint32_t flow_hash, std::uint32_t salt,
                                             std::uint32_t count) noexcept {
  // The finaliser of MurmurHash3: every bit of the result depends on every bit of hash and salt.
  std::uint32_t mixed = flow_hash ^ salt;
  mixed ^= mixed >> 16;
  mixed *= 0x85ebca6b;
  mixed ^= mixed >> 13;
  mixed *= 0xc2b2ae35;
  mixed ^= mixed >> 16;
  return static_cast<std::uint32_t>((std::uint64_t{mixed} * count) >> 32);
}
[[nodiscard]] constexpr std::uint32_t spread(std::uint32_t flow_hash, Spreader spreader,
                                             std::uint32_t count) noexcept {
  return spread(flow_hash, static_cast<std::uint32_t>(spreader), count);
}

}  // namespace ixyflow
