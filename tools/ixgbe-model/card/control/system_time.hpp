#pragma once

#include <cstdint>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// IEEE 1588 (7.9): the clock, SYSTIM, which counts as TIMINCA says, and the two places for the time stamps
/// of one frame received and one sent. Model thread only.
class SystemTime final : public RegisterOwner {
 public:
  explicit SystemTime(RegisterFile& file);

  void reset() noexcept;
  /// `slow`: the link has 1 Gbit/s, at which the clock of the MAC has a tenth of its frequency.
  void poll(Nanoseconds now, bool slow) noexcept;

  /// Whether received frames are stamped at all (TSYNCRXCTL).
  [[nodiscard]] bool stamps_received() const noexcept;
  /// A PTP frame of the kind that is to be stamped was received. False: the last stamp has not been read.
  bool stamp_received() noexcept { return stamp(reg::kTsyncRxCtl, reg::kRxStampLow, reg::kRxStampHigh); }
  /// A frame was sent whose descriptor asks for a stamp.
  void stamp_sent() noexcept { stamp(reg::kTsyncTxCtl, reg::kTxStampLow, reg::kTxStampHigh); }

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  bool stamp(std::uint32_t control, std::uint32_t low, std::uint32_t high) noexcept;

  RegisterFile& file_;
  Nanoseconds now_ = 0;
  Nanoseconds counted_to_ = 0;
  std::uint64_t time_ = 0;
};

}  // namespace ixyflow::model
