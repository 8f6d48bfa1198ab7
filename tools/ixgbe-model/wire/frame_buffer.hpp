#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/wire/frame_ring.hpp"

namespace ixyflow::model {

/// Holds the frame that a descriptor has given until it is consumed, and asks an empty descriptor only every
/// few microseconds, because each time is a system call.
class FrameBuffer {
 public:
  /// `receive` takes a span to be filled and returns the length of the frame, which may be more than fits, or
  /// -1.
  template <class Receive>
  [[nodiscard]] std::span<const std::byte> peek(Receive receive) noexcept {
    if (length_ != 0) return std::span(bytes_).first(length_);
    const std::uint64_t now = tsc();
    if (now < next_try_) return {};
    const ssize_t bytes = receive(std::span(bytes_));
    if (bytes <= 0) {
      next_try_ = now + kPause;
    } else if (static_cast<std::size_t>(bytes) > bytes_.size()) {
      ++too_long_;
    } else {
      ++received_;
      length_ = static_cast<std::size_t>(bytes);
    }
    return std::span(bytes_).first(length_);
  }
  void consume() noexcept { length_ = 0; }

  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] std::uint64_t too_long() const noexcept { return too_long_; }

 private:
  static constexpr std::uint64_t kPause = 10'000;  ///< ticks of the TSC: 3 to 5 us

  std::array<std::byte, FrameRing::kLongestFrame> bytes_;
  std::size_t length_ = 0;
  std::uint64_t next_try_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t too_long_ = 0;
};

}  // namespace ixyflow::model
