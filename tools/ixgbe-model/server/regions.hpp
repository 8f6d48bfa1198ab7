#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "drivers/bus/vfio_user/protocol.hpp"
#include "tools/ixgbe-model/card/bus/device.hpp"
#include "tools/ixgbe-model/server/interrupt_lines.hpp"
#include "tools/ixgbe-model/server/pci_config.hpp"
#include "tools/ixgbe-model/server/shared_registers.hpp"

namespace ixyflow::model {

/// The regions of the function as VFIO orders them: BAR0 (registers), BAR4 (MSI-X vector table and pending
/// bits), and the configuration space; the others are empty. Decides what an access to a byte range means to
/// the device.
class Regions {
 public:
  static constexpr std::uint32_t kCount = 9;

  Regions(const DeviceOptions& options, InterruptLines& interrupts, SharedRegisters registers);

  /// Before anything else but `info`.
  void attach(Device& device) noexcept { device_ = &device; }

  /// The reply to DEVICE_GET_REGION_INFO for `index`, which is below kCount, with as many capabilities as
  /// `room` bytes hold; and the descriptor that belongs to it, or -1.
  [[nodiscard]] std::vector<std::byte> info(std::uint32_t index, std::uint32_t room, int& fd) const;

  /// Whether the bytes are inside of the region.
  [[nodiscard]] static bool inside(const vfio_user::RegionAccess& access) noexcept;
  /// The bytes of an access that is inside. Registers are read in whole words of 4 bytes; the others are all
  /// ones.
  void read(const vfio_user::RegionAccess& access, std::span<std::byte> to) noexcept;
  /// Registers are written in whole words of 4 bytes; a write of a part does nothing.
  void write(const vfio_user::RegionAccess& access, std::span<const std::byte> from) noexcept;

  /// Resets the device and puts the configuration space into the state in which VFIO hands a function over.
  void reset() noexcept;
  /// The same for another driver: nothing that the last one still has mapped is in use any more.
  Result<void> renew();

  [[nodiscard]] std::span<std::byte> registers() const noexcept { return registers_.bytes(); }

 private:
  [[nodiscard]] static std::uint64_t size_of(std::uint32_t index) noexcept;
  void reset_device() noexcept;
  void read_registers(std::uint64_t offset, std::span<std::byte> to) noexcept;
  void write_registers(std::uint64_t offset, std::span<const std::byte> from) noexcept;
  void write_config(std::uint32_t offset, std::span<const std::byte> from) noexcept;
  void clear_vectors() noexcept;

  bool map_queues_;
  InterruptLines& interrupts_;
  SharedRegisters registers_;
  PciConfig config_;
  std::array<std::byte, kMsixBarBytes> vectors_{};
  Device* device_ = nullptr;
  bool bus_master_ = false;
};

}  // namespace ixyflow::model
