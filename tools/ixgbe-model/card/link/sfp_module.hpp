#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The SFP+ module in the cage: a 10GBASE-SR transceiver, whose EEPROM drivers read over the two wires of
/// I2CCTL, bit by bit (8.2.3.1.5, SFF-8472). Model thread only.
class SfpModule final : public RegisterOwner {
 public:
  explicit SfpModule(RegisterFile& file);

  void reset() noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  static constexpr std::size_t kBytes = 256;
  enum class Phase : std::uint8_t { idle, address, offset, data, reading };

  void set_lines(bool clock, bool data) noexcept;
  void clock_rises(bool data) noexcept;
  void clock_falls() noexcept;
  void byte_is_complete() noexcept;
  void next_byte_begins() noexcept;
  void show_bit() noexcept;

  RegisterFile& file_;
  std::array<std::uint8_t, kBytes> memory_;
  Phase phase_ = Phase::idle;
  unsigned bit_ = 0;          ///< of a byte and its acknowledgement, 0 to 9
  std::uint8_t shifted_ = 0;  ///< what came, or what goes
  std::uint8_t at_ = 0;       ///< the next byte of memory_
  bool clock_ = true;
  bool data_ = true;
  bool pulled_down_ = false;  ///< by the module
  bool refused_ = false;      ///< the driver wants no more
};

}  // namespace ixyflow::model
