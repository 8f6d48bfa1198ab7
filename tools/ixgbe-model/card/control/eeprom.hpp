#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The EEPROM: 8 Ki words, as of a card with an SFP+ cage (chapter 6), and the registers that read it. Model
/// thread only.
class Eeprom final : public RegisterOwner {
 public:
  static constexpr std::uint32_t kWords = 8192;

  Eeprom(RegisterFile& file, std::span<const std::uint8_t, 6> mac, std::uint16_t device_id);

  [[nodiscard]] std::uint16_t word(std::uint32_t at) const noexcept { return words_[at % kWords]; }
  /// The address that the card loads into the first receive address.
  [[nodiscard]] const std::array<std::uint8_t, 6>& mac() const noexcept { return mac_; }

  /// Faults: a wrong checksum; an address of all ones; both off.
  void spoil_checksum(bool on) noexcept;
  void spoil_mac(bool on) noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  void write_mac(std::span<const std::uint8_t, 6> mac) noexcept;
  void write_sections(std::uint16_t device_id) noexcept;
  void write_sfp_lists() noexcept;
  void write_checksum() noexcept;

  RegisterFile& file_;
  std::array<std::uint16_t, kWords> words_;
  std::array<std::uint8_t, 6> given_mac_;
  std::array<std::uint8_t, 6> mac_;
  bool bad_checksum_ = false;
};

}  // namespace ixyflow::model
