#pragma once

#include <cstdint>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/control/fault_switches.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// What the driver asks of the whole device.
class DeviceReset {
 public:
  virtual void software_reset() noexcept = 0;

 protected:
  ~DeviceReset() = default;
};

/// Device control and status (8.2.3.1, 8.2.3.4): resets, the master disable, the semaphores that guard EEPROM
/// and PHY, and the bits that tell that a part has finished starting or stopping. Model thread only.
class Control final : public RegisterOwner {
 public:
  Control(RegisterFile& file, const FaultSwitches& faults, DeviceReset& device);

  /// After power-on or a reset, which began at the time of the last poll.
  void reset() noexcept;
  void poll(Nanoseconds now) noexcept { now_ = now; }

  /// CTRL's master disable: no memory is touched (5.2.5.3.2).
  [[nodiscard]] bool master_enabled() const noexcept;

  /// FWSM says that the EEPROM's checksum is wrong.
  void show_checksum_error(bool on) noexcept { bad_checksum_ = on; }
  [[nodiscard]] std::uint64_t resets() const noexcept { return resets_; }

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  void declare();
  [[nodiscard]] std::uint32_t read_ctrl() const noexcept;
  [[nodiscard]] std::uint32_t read_eec() const noexcept;
  [[nodiscard]] std::uint32_t security_status(std::uint32_t control) const noexcept;
  void write_ctrl(std::uint32_t value) noexcept;
  [[nodiscard]] bool passed(Nanoseconds time) const noexcept { return now_ - reset_at_ >= time; }

  RegisterFile& file_;
  const FaultSwitches& faults_;
  DeviceReset& device_;
  Nanoseconds now_ = 0;
  Nanoseconds reset_at_ = 0;
  bool bad_checksum_ = false;
  std::uint64_t resets_ = 0;     ///< by the driver
  std::uint32_t resetting_ = 0;  ///< the bits of CTRL that began the reset
};

}  // namespace ixyflow::model
