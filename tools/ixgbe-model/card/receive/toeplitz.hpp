#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ixyflow::model {

/// The hash of receive side scaling (7.1.2.8). Tables make it one look-up per byte.
class Toeplitz {
 public:
  static constexpr std::size_t kKeyBytes = 40;
  static constexpr std::size_t kMaxInput = 36;  ///< two IPv6 addresses and two ports

  Toeplitz();

  void set_key(std::span<const std::uint8_t, kKeyBytes> key) noexcept;
  /// `input`: up to kMaxInput bytes, as they stand in the packet.
  [[nodiscard]] std::uint32_t hash(std::span<const std::byte> input) const noexcept;

 private:
  using Table = std::array<std::uint32_t, 256>;
  std::vector<Table> tables_;  ///< one for each place of the input
};

}  // namespace ixyflow::model
