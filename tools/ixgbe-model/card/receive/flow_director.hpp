#pragma once

#include <cstdint>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/control/statistics.hpp"
#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The Flow Director (7.1.2.7, registers 8.2.3.21) as far as drivers wait for it: it starts, takes filters
/// and finds none of them. Frames go on to receive side scaling. Model thread only.
class FlowDirector final : public RegisterOwner {
 public:
  FlowDirector(RegisterFile& file, Statistics& statistics);

  void reset() noexcept;
  void poll(Nanoseconds now) noexcept { now_ = now; }
  /// A frame that might have matched.
  void look(const FrameInfo& info) noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  RegisterFile& file_;
  Statistics& statistics_;
  Nanoseconds now_ = 0;
  Nanoseconds started_at_ = 0;
  bool on_ = false;  ///< FDIRCTRL gives it memory
};

}  // namespace ixyflow::model
