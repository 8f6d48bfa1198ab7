#include "tools/ixgbe-model/card/frame/checksums.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace ixyflow::model {

namespace {

using CrcTable = std::array<std::uint32_t, 256>;

constexpr CrcTable crc_table(std::uint32_t reversed_polynomial) {
  CrcTable table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? crc >> 1 ^ reversed_polynomial : crc >> 1;
    table[byte] = crc;
  }
  return table;
}

constexpr CrcTable kEthernet = crc_table(0xEDB88320);
constexpr CrcTable kCastagnoli = crc_table(0x82F63B78);

constexpr std::uint32_t step(const CrcTable& table, std::uint32_t crc, std::byte byte) noexcept {
  return crc >> 8 ^ table[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
}

}  // namespace

std::uint64_t internet_sum(std::span<const std::byte> bytes) noexcept {
  static_assert(std::endian::native == std::endian::little);
  // Ones' complement addition does not care for byte order: added as the machine reads them, swapped at the
  // end.
  std::uint64_t sum = 0;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 4; left -= 4, at += 4) {
    std::uint32_t word;
    std::memcpy(&word, at, 4);
    sum += word;
  }
  if (left >= 2) {
    std::uint16_t half;
    std::memcpy(&half, at, 2);
    sum += half;
    at += 2;
    left -= 2;
  }
  if (left != 0) sum += std::to_integer<std::uint64_t>(*at);
  const std::uint16_t folded = fold(sum);
  return static_cast<std::uint16_t>(folded << 8 | folded >> 8);
}

std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
  std::uint32_t crc = ~0U;
  for (const std::byte byte : bytes) crc = step(kEthernet, crc, byte);
  return ~crc;
}

std::uint32_t crc32c_with_hole(std::span<const std::byte> bytes, std::size_t hole) noexcept {
  constexpr std::size_t kHoleBytes = 4;
  std::uint32_t crc = ~0U;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    crc = step(kCastagnoli, crc, i >= hole && i < hole + kHoleBytes ? std::byte{0} : bytes[i]);
  return ~crc;
}

}  // namespace ixyflow::model
