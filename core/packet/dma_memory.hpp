#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// What pages packet memory may lie on.
enum class Pages : std::uint8_t {
  small,          ///< 4 KiB pages
  huge_or_small,  ///< huge pages when there are enough free ones, else 4 KiB pages
  huge,           ///< huge pages or an error that names the command which fixes it: what devices need
};

inline constexpr std::size_t kHugePage = 2 * 1024 * 1024;

/// Packet memory of one NUMA node: one memfd, mapped and touched once, cut into pieces by `take`. A device or
/// a peer process gets it as one region. Not thread-safe; control thread only.
class IXYFLOW_API DmaMemory {
 public:
  /// Maps `bytes` (rounded up to whole pages) on NUMA node `node` (-1: wherever) and touches every page, so
  /// that a shortage is an error here and not a SIGBUS later. Error: configuration, with what is needed and
  /// what is there.
  static Result<DmaMemory> allocate(std::size_t bytes, Pages pages, int node);

  DmaMemory(DmaMemory&& other) noexcept;
  DmaMemory& operator=(DmaMemory&& other) noexcept;
  ~DmaMemory();

  /// The next `bytes` bytes, aligned to a cache line; empty when there are not so many left.
  std::span<std::byte> take(std::size_t bytes) noexcept;

  [[nodiscard]] std::span<std::byte> all() const noexcept { return memory_; }
  [[nodiscard]] bool huge() const noexcept { return huge_; }
  [[nodiscard]] int file_descriptor() const noexcept { return fd_; }

 private:
  DmaMemory() = default;
  std::span<std::byte> memory_;
  std::size_t taken_ = 0;
  int fd_ = -1;
  bool huge_ = false;
};

}  // namespace ixyflow
