#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/clock.hpp"

namespace ixyflow::model {

/// What the device's port is plugged into. Frames are without FCS, 1 to 16,384 bytes; anything shorter than
/// 60 bytes was padded by the sender or is a runt. Model thread only; never blocks.
class Wire {
 public:
  virtual ~Wire() = default;

  /// Whether there is light on the other end.
  [[nodiscard]] virtual bool carrier() const noexcept { return true; }
  /// Whether the device sends light itself, which it does until it says otherwise.
  virtual void set_light(bool) noexcept {}

  /// The next frame that has come; empty when there is none. Stays the same until `consume`.
  [[nodiscard]] virtual std::span<const std::byte> peek() noexcept = 0;
  virtual void consume() noexcept = 0;
  /// Whether the other end holds frames back while the receiver has no room (a file), or sends whether it has
  /// or not (a network): then what does not fit is lost, and counted as missed by the device.
  [[nodiscard]] virtual bool patient() const noexcept = 0;

  /// Sends a frame. False: the other end has no room now; the frame is to be sent again (patient) or is lost.
  virtual bool send(std::span<const std::byte> frame) noexcept = 0;

  /// Becomes readable when a frame comes, so that somebody may sleep until then; -1: nothing does.
  [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
  /// Nothing moves: the time to write out what was held back.
  virtual void idle() noexcept {}
  /// State for people and tests: "key value" lines.
  [[nodiscard]] virtual std::string status() const { return {}; }
};

}  // namespace ixyflow::model
