#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/control/statistics.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// Link flow control (3.7.7): PAUSE frames that come stop the transmitter for their time. Model thread only.
class FlowControl final : public RegisterOwner {
 public:
  FlowControl(RegisterFile& file, Statistics& statistics);

  void reset() noexcept { paused_until_ = 0; }
  void poll(Nanoseconds now) noexcept { now_ = now; }
  [[nodiscard]] bool paused() const noexcept { return now_ < paused_until_; }

  /// Whether the frame is a MAC control frame that goes no further.
  bool take(std::span<const std::byte> frame) noexcept;
  /// A PAUSE frame for `quanta` of 512 bit times; 0 ends a pause.
  static std::array<std::byte, 60> pause_frame(std::uint16_t quanta) noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t, std::uint32_t) noexcept override {}  // read only

 private:
  void pause(std::uint16_t quanta) noexcept;

  RegisterFile& file_;
  Statistics& statistics_;
  Nanoseconds now_ = 0;
  Nanoseconds paused_until_ = 0;
};

}  // namespace ixyflow::model
