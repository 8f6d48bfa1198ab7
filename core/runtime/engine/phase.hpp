#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>

#include "core/base/cache_line.hpp"

namespace ixyflow {

/// What the control thread wants of the workers: a state machine that only ever moves forward.
enum class Phase : std::uint32_t {
  running,
  draining,    ///< sources are not polled any more
  flushing,    ///< elements give out what they hold
  discarding,  ///< what is still there is dropped as `stopped`
  ended,
};

/// What a worker says of itself, so that the control thread can tell when nothing is left to do anywhere.
///
/// To find the end is termination detection, as of a distributed computation: a worker alone cannot know
/// whether a packet is still on its way to it. A run is over when every worker is quiet and as many packets
/// came out of the rings as went in: the four-counter method (F. Mattern, "Algorithms for distributed
/// termination detection", 1987). Each worker publishes at the end of its rounds; two collections with the
/// same numbers, in which all are quiet and the sums agree, prove that nothing was under way between them. A
/// packet that was taken out of a ring but not yet worked on cannot be overlooked: its producer has published
/// it as sent, its consumer not yet as received. One thing cannot wait for the end of the round: a quiet
/// worker that finds something in a ring takes its quiet back before it sends anything on, because what
/// others then count as received could make up for what it has not counted itself.
struct WorkerView {
  std::uint64_t received = 0;  ///< packets taken from rings
  std::uint64_t sent = 0;      ///< packets put into rings
  std::uint64_t held = 0;      ///< packets in the hands of elements
  bool quiet = false;          ///< sources have ended, and the last round moved nothing
  friend bool operator==(const WorkerView&, const WorkerView&) = default;
};

/// Where a worker publishes its view. tests/model checks its orders with another `Atomic`.
template <template <class> class Atomic = std::atomic>
class alignas(kCacheLine) WorkerStatusOf {
 public:
  using View = WorkerView;

  /// Worker only.
  void publish(const View& view) noexcept {
    held_.store(view.held, std::memory_order_relaxed);
    sent_.store(view.sent, std::memory_order_relaxed);
    received_and_quiet_.store(view.received * 2 + (view.quiet ? 1 : 0), std::memory_order_release);
  }
  [[nodiscard]] View view() const noexcept {
    const std::uint64_t word = received_and_quiet_.load(std::memory_order_acquire);
    return {.received = word / 2,
            .sent = sent_.load(std::memory_order_relaxed),
            .held = held_.load(std::memory_order_relaxed),
            .quiet = word % 2 != 0};
  }

 private:
  /// One word, written last and read first: who sees that a worker is quiet, or what it has received, sees
  /// all that it has sent and holds since then, and all that others had published before they sent it
  /// something.
  Atomic<std::uint64_t> received_and_quiet_{0};
  Atomic<std::uint64_t> sent_{0};
  Atomic<std::uint64_t> held_{0};
};

using WorkerStatus = WorkerStatusOf<>;

/// Whether two collections of the views of all workers, one after the other, prove that nothing moves any
/// more.
[[nodiscard]] inline bool at_rest(std::span<const WorkerView> before, std::span<const WorkerView> now) {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  for (const WorkerView& view : now) {
    if (!view.quiet) return false;
    sent += view.sent;
    received += view.received;
  }
  return sent == received && std::equal(before.begin(), before.end(), now.begin(), now.end());
}

}  // namespace ixyflow
