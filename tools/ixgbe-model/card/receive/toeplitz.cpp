#include "tools/ixgbe-model/card/receive/toeplitz.hpp"

#include <algorithm>

namespace ixyflow::model {

Toeplitz::Toeplitz() : tables_(kMaxInput, Table{}) {}

void Toeplitz::set_key(std::span<const std::uint8_t, kKeyBytes> key) noexcept {
  for (std::size_t place = 0; place < kMaxInput; ++place) {
    // Input bit i (from the most significant of this byte) adds the 32 key bits that begin at bit 8 * place +
    // i.
    std::uint64_t window = 0;
    for (std::size_t i = 0; i < 5; ++i) window = window << 8 | (place + i < kKeyBytes ? key[place + i] : 0);
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::uint32_t sum = 0;
      for (unsigned i = 0; i < 8; ++i)
        if ((byte >> (7 - i) & 1) != 0) sum ^= static_cast<std::uint32_t>(window >> (8 - i));
      tables_[place][byte] = sum;
    }
  }
}

std::uint32_t Toeplitz::hash(std::span<const std::byte> input) const noexcept {
  std::uint32_t sum = 0;
  const std::size_t bytes = std::min(input.size(), kMaxInput);
  for (std::size_t i = 0; i < bytes; ++i) sum ^= tables_[i][std::to_integer<std::size_t>(input[i])];
  return sum;
}

}  // namespace ixyflow::model
