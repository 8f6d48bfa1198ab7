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
/// back.
class RingState {
 public:
  enum State : std::uint8_t { absent, parked, given, working, leaving };

  [[nodiscard]] State get() const noexcept { return state_.load(std::memory_order_acquire); }
  void set(State state) noexcept { state_.store(state, std::memory_order_release); }

 private:
  std::atomic<State> state_{absent};
};

}  // namespace ixyflow::drivers::vhost
