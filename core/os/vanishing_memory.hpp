#pragma once

#include <atomic>
#include <cstddef>
#include <span>

#include "core/base/api.hpp"

namespace ixyflow {

/// Mapped memory whose pages may go away while it is in use: registers of a card that is pulled out, a file
/// that another process shortens. The access that finds nothing there is a SIGBUS; a handler that asks
/// `catch_vanished` turns it into one that reads all ones, as the bus does where nobody answers.
class IXYFLOW_API VanishingMemory {
 public:
  /// Watches `memory`, whole pages of `page` bytes that are mapped, until this object is gone, which must be
  /// before they are unmapped. `gone`, which outlives it, becomes true with the first access that finds
  /// nothing. Any thread but a worker.
  VanishingMemory(std::span<std::byte> memory, std::atomic<bool>& gone, std::size_t page = 4096) noexcept;
  ~VanishingMemory();
  VanishingMemory(const VanishingMemory&) = delete;
  VanishingMemory& operator=(const VanishingMemory&) = delete;

  /// False: more than 256 are watched already, or there is nothing to watch.
  [[nodiscard]] bool watches() const noexcept { return slot_ >= 0; }

 private:
  int slot_ = -1;
};

/// Whether the fault at `address` was of watched memory. Then a private page of all ones stands there, and
/// what faulted can be done again. Async-signal-safe.
IXYFLOW_API bool catch_vanished(const void* address) noexcept;

/// Puts all ones in the place of all memory that is watched with `gone`: for a device that is known to be
/// gone while its pages still show what was last in them. Any thread; not in a signal handler.
IXYFLOW_API void make_vanish(const std::atomic<bool>& gone) noexcept;

}  // namespace ixyflow
