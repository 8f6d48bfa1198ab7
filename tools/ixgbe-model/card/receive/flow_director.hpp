#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/control/statistics.hpp"
#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/receive/flow_filter.hpp"
#include "tools/ixgbe-model/card/receive/queue_choice.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The Flow Director (7.1.2.7, registers 8.2.3.21): thousands of filters that a driver adds and removes by
/// command, for flows exactly or by a hash of theirs, each with a queue or the word to drop. Model thread
/// only.
class FlowDirector final : public RegisterOwner {
 public:
  FlowDirector(RegisterFile& file, Statistics& statistics);

  void reset() noexcept;
  void poll(Nanoseconds now) noexcept { now_ = now; }

  /// Lets the filter that matches, if there is one, have its say on the choice.
  void choose(std::span<const std::byte> frame, const FrameInfo& info, Choice& choice) const noexcept;
  /// A frame that is taken, or dropped by a filter: whether one matched.
  void count(const FrameInfo& info, const Choice& choice) noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  void perform(std::uint32_t command) noexcept;
  void add(const FlowFilter& filter) noexcept;
  [[nodiscard]] FlowMasks masks() const noexcept;
  [[nodiscard]] const FlowFilter* find(std::span<const std::byte> frame,
                                       const FrameInfo& info) const noexcept;
  [[nodiscard]] const FlowFilter* find_exact(const Flow& flow) const noexcept;
  [[nodiscard]] const FlowFilter* find_signature(const Flow& flow) const noexcept;
  [[nodiscard]] bool exact() const noexcept;
  [[nodiscard]] std::size_t flexible_bytes_at() const noexcept;

  RegisterFile& file_;
  Statistics& statistics_;
  Nanoseconds now_ = 0;
  Nanoseconds started_at_ = 0;
  bool on_ = false;  ///< FDIRCTRL gives it memory
  /// By FDIRHASH: by the hash of their flows, or, with exact ones, that and the number that software gave
  /// them.
  std::unordered_map<std::uint32_t, FlowFilter> filters_;
};

}  // namespace ixyflow::model
