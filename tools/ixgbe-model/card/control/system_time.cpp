#include "tools/ixgbe-model/card/control/system_time.hpp"

#include <algorithm>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

constexpr std::uint64_t kLowHalf = 0xFFFFFFFF;
constexpr Nanoseconds kFiveTicks = 32;  // at 10 Gbit/s: 6.4 ns each (7.9.3)

}  // namespace

SystemTime::SystemTime(RegisterFile& file) : file_(file) {
  for (const std::uint32_t offset : {reg::kSystimLow, reg::kSystimHigh, reg::kTiminca, reg::kTsyncRxCtl,
                                     reg::kTsyncTxCtl, reg::kRxStampHigh, reg::kTxStampHigh})
    file_.owned({offset}, *this);
  for (const std::uint32_t offset : {reg::kRxStampLow, reg::kTxStampLow, reg::kRxMtrl}) file_.plain({offset});
}

void SystemTime::reset() noexcept {
  time_ = 0;
  counted_to_ = now_;
}

// Whole groups of five ticks, so that nothing is rounded away.
void SystemTime::poll(Nanoseconds now, bool slow) noexcept {
  now_ = now;
  const Nanoseconds group = slow ? 10 * kFiveTicks : kFiveTicks;
  const Nanoseconds groups = (now - counted_to_) / group;
  counted_to_ += groups * group;
  // TIMINCA: by how much (23:0), each time that so many ticks (31:24) have passed.
  const std::uint32_t rate = file_.get(reg::kTiminca);
  const std::uint32_t period = std::max(bits::field(rate, 24, 8), 1U);
  time_ += 5 * static_cast<std::uint64_t>(groups) * bits::field(rate, 0, 24) / period;
}

bool SystemTime::stamps_received() const noexcept {
  return (file_.get(reg::kTsyncRxCtl) & bits::tsync::kEnable) != 0;
}

// A stamp stays until its upper half is read, and frames go on unstamped meanwhile.
bool SystemTime::stamp(std::uint32_t control, std::uint32_t low, std::uint32_t high) noexcept {
  const std::uint32_t state = file_.get(control);
  if ((state & bits::tsync::kEnable) == 0 || (state & bits::tsync::kValid) != 0) return false;
  file_.set(low, static_cast<std::uint32_t>(time_));
  file_.set(high, static_cast<std::uint32_t>(time_ >> 32));
  file_.set(control, state | bits::tsync::kValid);
  return true;
}

// The lower half is read first and keeps the upper one for the read that follows (8.2.3.12).
std::uint32_t SystemTime::read_register(std::uint32_t offset) noexcept {
  if (offset == reg::kRxStampHigh || offset == reg::kTxStampHigh) {
    const std::uint32_t control = offset == reg::kRxStampHigh ? reg::kTsyncRxCtl : reg::kTsyncTxCtl;
    file_.set(control, file_.get(control) & ~bits::tsync::kValid);
  }
  if (offset != reg::kSystimLow) return file_.get(offset);
  file_.set(reg::kSystimHigh, static_cast<std::uint32_t>(time_ >> 32));
  return static_cast<std::uint32_t>(time_);
}

void SystemTime::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  const bool control = offset == reg::kTsyncRxCtl || offset == reg::kTsyncTxCtl;
  const std::uint32_t kept = control ? file_.get(offset) & bits::tsync::kValid : 0;
  file_.set(offset, control ? (value & ~bits::tsync::kValid) | kept : value);
  if (offset == reg::kSystimLow) time_ = (time_ & ~kLowHalf) | value;
  if (offset == reg::kSystimHigh) time_ = (time_ & kLowHalf) | std::uint64_t{value} << 32;
}

}  // namespace ixyflow::model
