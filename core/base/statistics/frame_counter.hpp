#pragma once

#include <cstdint>

#include "core/base/statistics/counter.hpp"

namespace ixyflow {

/// Counts frames and their bytes, where a port loses what it had taken: so that what it says to have sent has
/// neither. Used as Counter is.
class FrameCounter {
 public:
  void add(std::uint64_t bytes) noexcept {
    ++frames_;
    bytes_.add(bytes);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return frames_.value(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.value(); }

 private:
  Counter frames_;
  Counter bytes_;
};

}  // namespace ixyflow
