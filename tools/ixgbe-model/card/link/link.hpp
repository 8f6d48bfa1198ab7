#pragma once

#include <cstdint>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/control/interrupt_unit.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"
#include "tools/ixgbe-model/wire/wire.hpp"

namespace ixyflow::model {

/// The MAC's link: what AUTOC asks for, how long it takes, and what LINKS shows (8.2.3.22). Model thread
/// only.
class Link final : public RegisterOwner {
 public:
  Link(RegisterFile& file, InterruptUnit& interrupts, Wire& wire);

  void reset() noexcept;
  void poll(Nanoseconds now) noexcept;

  [[nodiscard]] bool up() const noexcept { return up_; }
  /// Whether the driver has looked at LINKS since the link came up, and so knows of it.
  [[nodiscard]] bool known_up() const noexcept { return up_ && known_; }
  /// 1 Gbit/s, as AUTOC asks for.
  [[nodiscard]] bool slow() const noexcept;
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

  // Faults.
  /// As if the fibre was pulled or plugged in.
  void plug(bool in) noexcept { plugged_ = in; }

  /// Shows the link up (or down) at once, against what it is, until `until`.
  void pretend(bool up, Nanoseconds until) noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  void declare();
  void set(bool up) noexcept;
  void restart() noexcept { trained_at_ = kUnknown; }
  [[nodiscard]] bool possible() const noexcept;
  [[nodiscard]] bool laser_on() const noexcept;
  [[nodiscard]] std::uint32_t mode() const noexcept;
  [[nodiscard]] std::uint32_t speed_bits() const noexcept;
  std::uint32_t read_links() noexcept;

  static constexpr Nanoseconds kUnknown = -1;

  RegisterFile& file_;
  InterruptUnit& interrupts_;
  Wire& wire_;
  Nanoseconds now_ = 0;
  Nanoseconds trained_at_ = kUnknown;  ///< when the link comes up if all stays as it is
  Nanoseconds pretend_until_ = 0;
  bool up_ = false;
  bool known_ = false;    ///< LINKS was read since the link came up
  bool was_down_ = true;  ///< since LINKS was last read
  bool plugged_ = true;
  std::uint64_t changes_ = 0;
};

}  // namespace ixyflow::model
