#include "tools/ixgbe-model/card/link/flow_control.hpp"

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

constexpr std::size_t kEtherTypeAt = 12, kOpcodeAt = 14, kTimeAt = 16, kControlBytes = 18;
constexpr std::uint16_t kMacControl = 0x8808, kPause = 0x0001;
constexpr std::uint32_t kGroupHigh = 0x0180C200;  // 01:80:C2:00:00:01, where PAUSE frames go
constexpr std::uint16_t kGroupLow = 0x0001;
constexpr double kQuantum = 51.2;  // nanoseconds of 512 bit times at 10 Gbit/s

}  // namespace

FlowControl::FlowControl(RegisterFile& file, Statistics& statistics) : file_(file), statistics_(statistics) {
  file_.owned({reg::kTfcs}, *this);
}

std::array<std::byte, 60> FlowControl::pause_frame(std::uint16_t quanta) noexcept {
  std::array<std::byte, 60> frame{};
  store32(frame.data(), kGroupHigh);
  store16(&frame[4], kGroupLow);
  store16(&frame[kEtherTypeAt], kMacControl);
  store16(&frame[kOpcodeAt], kPause);
  store16(&frame[kTimeAt], quanta);
  return frame;
}

void FlowControl::pause(std::uint16_t quanta) noexcept {
  statistics_.add(quanta != 0 ? Count::xoff_received : Count::xon_received);
  paused_until_ = now_ + static_cast<Nanoseconds>(quanta * kQuantum);
}

// 8.2.3.22.34: RFCE obeys PAUSE frames; PMCF lets control frames through to the filters all the same.
bool FlowControl::take(std::span<const std::byte> frame) noexcept {
  if (frame.size() < kControlBytes || load16(&frame[kEtherTypeAt]) != kMacControl) return false;
  const std::uint32_t control = file_.get(reg::kMflcn);
  const bool to_group = load32(frame.data()) == kGroupHigh && load16(&frame[4]) == kGroupLow;
  if (to_group && load16(&frame[kOpcodeAt]) == kPause && (control & bits::mflcn::kReceivePause) != 0)
    pause(load16(&frame[kTimeAt]));
  return (control & bits::mflcn::kPassControl) == 0;
}

// 8.2.3.3.6: one bit per traffic class says that it may send.
std::uint32_t FlowControl::read_register(std::uint32_t) noexcept {
  return paused() ? 0xFE : 0xFF;
}

}  // namespace ixyflow::model
