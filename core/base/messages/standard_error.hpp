#pragma once

#include <memory>
#include <string_view>

#include "core/base/api.hpp"

// The standard error, at whose other end somebody may be who does not read: a pipe that is full, a terminal
// that was stopped. What the program says there goes through here.

namespace ixyflow {

/// Writes `text`, whole lines. While a StandardErrorThread lives it only takes it, and never waits; without
/// one it waits for whoever reads. A write that fails is passed over: there is nobody left to tell. Any
/// thread but a worker.
IXYFLOW_API void write_standard_error(std::string_view text) noexcept;

/// Whether there is room for a line of some length (4 KiB) that would not be left out. Any thread but a
/// worker.
IXYFLOW_API bool standard_error_has_room() noexcept;

/// Waits until what was said so far is written: for what goes to the same terminal by another way. As long as
/// something is read, and a fifth of a second after that. Any thread but a worker.
IXYFLOW_API void flush_standard_error() noexcept;

/// What a process says that is about to die: written at once, past the thread, but not at all when nothing
/// has been read within a fifth of a second. At most 4,096 bytes. Async-signal-safe.
IXYFLOW_API void write_last_words(std::string_view text) noexcept;

/// As long as it lives, another thread waits for whoever reads the standard error, so that nobody else does.
/// It keeps 256 KiB; lines that do not fit are counted, and the number is said as soon as there is room. One
/// at a time. Control thread.
class IXYFLOW_API StandardErrorThread {
 public:
  /// `begin` is called on the thread before anything else: for rights that it gives up. Without a thread to
  /// be had, everything is as if this object were not there.
  explicit StandardErrorThread(void (*begin)() = [] {});
  /// Flushes; what nobody has read by then is lost.
  ~StandardErrorThread();
  StandardErrorThread(const StandardErrorThread&) = delete;
  StandardErrorThread& operator=(const StandardErrorThread&) = delete;

  struct Queue;

 private:
  std::shared_ptr<Queue> queue_;
};

}  // namespace ixyflow
