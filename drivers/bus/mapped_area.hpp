#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/os/vanishing_memory.hpp"

namespace ixyflow::drivers {

/// Registers of a device, mapped from a file that may go away under them: then they read as all ones.
class MappedArea {
 public:
  /// Maps `bytes` bytes, whole pages, from `offset` of `fd`. `gone` becomes true when they are found to be
  /// away. Not `mapped()` on an error, which errno tells.
  MappedArea(int fd, std::uint64_t offset, std::size_t bytes, std::atomic<bool>& gone);
  ~MappedArea();
  MappedArea(MappedArea&& other) noexcept;
  MappedArea& operator=(MappedArea&&) = delete;

  [[nodiscard]] bool mapped() const noexcept { return !memory_.empty(); }
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_; }

 private:
  std::span<std::byte> memory_;
  std::unique_ptr<VanishingMemory> watch_;
};

}  // namespace ixyflow::drivers
