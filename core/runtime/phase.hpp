#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "core/base/cache_line.hpp"

namespace ixyflow {

/// What the control thread wants of the workers. Only ever moves forward.
enum class Phase : std::uint32_t {
  running,
  draining,    ///< sources are not polled any more
  flushing,    ///< elements give out what they hold
  discarding,  ///< what is still there is dropped as `stopped`
  ended,
};

/// What a worker says of itself, so that the control thread can tell when nothing is left to do anywhere.
///
/// A run is over when every worker is quiet and as many packets came out of the rings as went in: the
/// four-counter method (F. Mattern, "Algorithms for distributed termination detection", 1987). Each worker
/// publishes at the end of its rounds; two collections with the same numbers, in which all are quiet and the
/// sums agree, prove that nothing was under way between them. A packet that was taken out of a ring but not
/// yet worked on cannot be overlooked: its producer has published it as sent, its consumer not yet as
/// received.
class alignas(kCacheLine) WorkerStatus {
 public:
  struct View {
    std::uint64_t received = 0;  ///< packets taken from rings
    std::uint64_t sent = 0;      ///< packets put into rings
    std::uint64_t held = 0;      ///< packets in the hands of elements
    bool quiet = false;          ///< sources have ended, and the last round moved nothing
    friend bool operator==(const View&, const View&) = default;
  };

  /// Worker only. `received` goes last and is read first: who sees it sees the rest of its round.
  void publish(const View& view) noexcept {
    quiet_.store(view.quiet, std::memory_order_relaxed);
    held_.store(view.held, std::memory_order_relaxed);
    sent_.store(view.sent, std::memory_order_release);
    received_.store(view.received, std::memory_order_release);
  }
  [[nodiscard]] View view() const noexcept {
    View view;
    view.received = received_.load(std::memory_order_acquire);
    view.sent = sent_.load(std::memory_order_acquire);
    view.held = held_.load(std::memory_order_relaxed);
    view.quiet = quiet_.load(std::memory_order_relaxed);
    return view;
  }

 private:
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> held_{0};
  std::atomic<bool> quiet_{false};
};

}  // namespace ixyflow
