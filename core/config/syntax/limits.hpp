#pragma once

#include <cstddef>

/// What a pipeline file may not exceed. The numbers are far beyond what anybody writes by hand, and low
/// enough that the most hostile file within them is read in less than a second and 64 MiB.
namespace ixyflow::limits {

inline constexpr std::size_t kFileBytes = 4 << 20;
inline constexpr std::size_t kStringBytes = 1 << 20;  ///< of one string, as written
inline constexpr std::size_t kNesting = 32;           ///< of brackets and braces
inline constexpr std::size_t kKeyParts = 16;          ///< of a dotted key or a table's name
inline constexpr std::size_t kValues = 100'000;       ///< keys, list items and tables
inline constexpr std::size_t kElements = 10'000;
inline constexpr std::size_t kEdges = 50'000;
inline constexpr std::size_t kPorts = 1'000;
inline constexpr std::size_t kResources = 1'000;
inline constexpr std::size_t kCores = 1'024;
inline constexpr std::size_t kWorkers = 256;  ///< the counts of all cores together
inline constexpr std::size_t kRings = 1'000;
inline constexpr std::size_t kParameters = 1'000;

}  // namespace ixyflow::limits
