#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The sums that the card computes and checks. The model has its own, so that an error in ixyflow's cannot
/// hide in both.
namespace ixyflow::model {

/// The sum of the big-endian 16-bit words of `bytes` (an odd last byte is the upper half of a word), not
/// folded: sums of several parts can be added, as long as all parts but the last are even.
[[nodiscard]] std::uint64_t internet_sum(std::span<const std::byte> bytes) noexcept;

/// The ones' complement sum folded to 16 bits: RFC 1071. The checksum is its complement.
[[nodiscard]] constexpr std::uint16_t fold(std::uint64_t sum) noexcept {
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

/// Ethernet's frame check sequence, in the order in which its bytes are sent when stored little-endian.
[[nodiscard]] std::uint32_t crc32(std::span<const std::byte> bytes) noexcept;
/// SCTP's CRC32c (RFC 4960 appendix B), to be stored little-endian. The 4 bytes at `hole` count as 0.
[[nodiscard]] std::uint32_t crc32c_with_hole(std::span<const std::byte> bytes, std::size_t hole) noexcept;

[[nodiscard]] inline std::uint16_t load16(const std::byte* at) noexcept {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(at[0]) << 8 | std::to_integer<unsigned>(at[1]));
}
[[nodiscard]] inline std::uint32_t load32(const std::byte* at) noexcept {
  return std::uint32_t{load16(at)} << 16 | load16(at + 2);
}
inline void store16(std::byte* at, std::uint32_t value) noexcept {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value);
}
inline void store32(std::byte* at, std::uint32_t value) noexcept {
  store16(at, value >> 16);
  store16(at + 2, value);
}

}  // namespace ixyflow::model
