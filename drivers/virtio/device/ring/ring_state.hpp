#pragma once

#include <atomic>
#include <cstdint>

namespace ixyflow::drivers::vhost {

/// Who has a ring, agreed between the worker that serves it and the control thread that speaks with the front
/// end. Each state has one of them who ends it:
///
///   absent -> parked    worker, with its first call: it is there
///   parked -> given     control: the ring is set up, and the worker's
///   given -> working    worker, with its next call: it has told the guest of what was used before
///   working -> leaving  control: something about the ring, or the memory that it lies in, will change
///   leaving -> parked   worker, with its next call: it will not touch the ring again
///
/// So the control thread changes and unmaps only what no worker uses, and the worker never waits. A worker
/// that ends leaves its rings absent, whatever they were: without one there is nobody who could give a ring
/// back. It may do so at any time, and so the control thread ends a state only if it is still that state.
/// tests/model checks its orders with another `Atomic`.
template <template <class> class Atomic = std::atomic>
class RingStateOf {
 public:
  enum State : std::uint8_t { absent, parked, given, working, leaving };

  /// Any thread.
  [[nodiscard]] State get() const noexcept { return state_.load(std::memory_order_acquire); }

  /// Control thread, with a ring that is parked and set up: gives it to its worker, if that is still there.
  void give() noexcept { end(parked, given); }
  /// Control thread: wants it back; true: no worker uses it any more.
  [[nodiscard]] bool take_back() noexcept {
    const State state = end(working, leaving);
    return state == parked || state == absent;
  }

  /// Worker: what follows `given`, and `absent` or `leaving`; and the end of all.
  void begin() noexcept { set(working); }
  void park() noexcept { set(parked); }
  void abandon() noexcept { set(absent); }

 private:
  void set(State state) noexcept { state_.store(state, std::memory_order_release); }
  /// The state that was found; if it was `from`, it is `to` now.
  State end(State from, State to) noexcept {
    State found = from;
    state_.compare_exchange_strong(found, to, std::memory_order_release, std::memory_order_acquire);
    return found;
  }

  Atomic<State> state_{absent};
};

using RingState = RingStateOf<>;

}  // namespace ixyflow::drivers::vhost
