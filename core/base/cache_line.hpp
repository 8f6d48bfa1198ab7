#pragma once

#include <cstddef>

namespace ixyflow {

/// Bytes of a cache line. Fixed, because it decides layouts that plugins are compiled against.
inline constexpr std::size_t kCacheLine = 64;

}  // namespace ixyflow
