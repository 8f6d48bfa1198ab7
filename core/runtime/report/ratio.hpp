#pragma once

#include <cstdint>

namespace ixyflow {

/// a / b; 0 when there is nothing to divide by.
inline double ratio(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace ixyflow
