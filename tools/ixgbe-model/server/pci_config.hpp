#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/bus/device.hpp"

namespace ixyflow::model {

inline constexpr std::uint32_t kMsixBarBytes = 16 * 1024;  ///< BAR4, 82599 data sheet 9.3.6
inline constexpr std::uint32_t kMsixPendingBits = 0x2000;  ///< in BAR4; the vector table stands at 0

/// The configuration space of an 82599 (data sheet rev. 3.3, sections 9.3 and 9.4): header, power management,
/// MSI, MSI-X, PCI Express, and in the extended part error reporting and the serial number. Where
/// capabilities stand and what they say is as `lspci -vvv` shows it of an X520-2. Model thread only.
class PciConfig {
 public:
  static constexpr std::uint32_t kBytes = 4096;

  explicit PciConfig(const DeviceOptions& options);

  /// Bytes from `offset` on; the caller has checked that they are inside.
  void read(std::uint32_t offset, std::span<std::byte> to) const noexcept;
  /// Writes what can be written. True: the write was one that resets the function (function level reset, or
  /// the way back from D3), and the configuration space is as after power-on already.
  bool write(std::uint32_t offset, std::span<const std::byte> from) noexcept;

  /// As after power-on: neither memory nor bus mastering are enabled.
  void power_on() noexcept;
  /// As a function is handed to a driver by VFIO: as after power-on, with memory enabled.
  void hand_over() noexcept;

  /// Whether the function answers at its BARs: enabled, and in D0.
  [[nodiscard]] bool memory_enabled() const noexcept;
  /// Whether it may access memory by itself.
  [[nodiscard]] bool bus_master() const noexcept;

 private:
  void put(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept;
  void allow(std::uint32_t offset, std::uint32_t mask, std::uint32_t bytes) noexcept;
  [[nodiscard]] std::uint32_t get(std::uint32_t offset, std::uint32_t bytes) const noexcept;
  void lay_out_header(const DeviceOptions& options) noexcept;
  void lay_out_capabilities() noexcept;
  void lay_out_express() noexcept;
  void lay_out_extended(const DeviceOptions& options) noexcept;

  std::array<std::uint8_t, kBytes> space_{};
  std::array<std::uint8_t, kBytes> defaults_{};
  std::array<std::uint8_t, kBytes> writable_{};  ///< bits that a write sets
  std::array<std::uint8_t, kBytes> clearing_{};  ///< bits that a written 1 clears
};

}  // namespace ixyflow::model
