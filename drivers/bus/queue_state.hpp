#pragma once

#include <atomic>
#include <cstdint>

namespace ixyflow::drivers {

/// Ownership of a queue, agreed between the worker that uses it and the control thread that looks after the
/// device: a state machine in which each state has one of them who ends it. No lock, and nobody waits:
///
///   empty -> filled     worker: descriptors have buffers (receive), or none in use (transmit)
///   filled -> working   control: the device has the queue
///   working -> leaving  control: the device is stopped, or gives no answer
///   leaving -> empty    worker: all buffers are back in the pool
///   empty -> filling    control: the device was reset, and may be used again
///   filling -> filled   worker
///
/// At the end of a run the worker empties the queue from whatever state it is in; the device is quiet by
/// then, and the control thread does not look after it any more.
/// tests/model checks its orders with another `Atomic`.
template <template <class> class Atomic = std::atomic>
class QueueStateOf {
 public:
  enum State : std::uint8_t { empty, filling, filled, working, leaving };

  [[nodiscard]] State get() const noexcept { return state_.load(std::memory_order_acquire); }
  void set(State state) noexcept { state_.store(state, std::memory_order_release); }
  /// The hot path's only question.
  [[nodiscard]] bool is_working() const noexcept { return get() == working; }

 private:
  Atomic<State> state_{empty};
};

using QueueState = QueueStateOf<>;

}  // namespace ixyflow::drivers
