#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/cache_line.hpp"
#include "core/base/statistics/counter.hpp"
#include "drivers/virtio/device/ring/packed_ring.hpp"
#include "drivers/virtio/device/ring/ring_setup.hpp"
#include "drivers/virtio/device/ring/ring_state.hpp"
#include "drivers/virtio/device/ring/split_ring.hpp"

namespace ixyflow::drivers::vhost {

/// A ring of the guest and who has it. Which of the two kinds it is turns out when a front end has said so.
class alignas(kCacheLine) GuestRing {
 public:
  GuestRing() = default;
  GuestRing(const GuestRing&) = delete;
  GuestRing& operator=(const GuestRing&) = delete;

  /// Control thread, while it is parked: whether there is a worker for it.
  void set_served(bool served) noexcept { served_ = served; }
  [[nodiscard]] bool served() const noexcept { return served_; }
  /// Control thread: whether its worker has shown itself.
  [[nodiscard]] bool attended() const noexcept { return state_.get() != RingState::absent; }
  /// Control thread: whether it can be given to its worker.
  [[nodiscard]] bool parked() const noexcept { return state_.get() == RingState::parked; }
  /// Control thread, while it is parked: gives it to its worker.
  void give(const RingSetup& setup) noexcept;
  /// Control thread: wants it back; true when it is. To be asked again with the next look.
  bool take_back() noexcept { return state_.take_back(); }
  /// Control thread, while it is parked: where it is at.
  [[nodiscard]] RingPosition position() const noexcept {
    return setup_.packed ? packed_.position() : split_.position();
  }
  /// Any thread: what the guest did that cannot be, or nullptr. Nothing more is done until it is given anew.
  [[nodiscard]] const char* fault() const noexcept { return fault_.load(std::memory_order_relaxed); }

  /// Worker, at its end: it will not touch the ring again.
  void abandon() noexcept { state_.abandon(); }

  /// Worker: whether it may be used now. With every call, because this is where it is taken and given back.
  bool usable() noexcept {
    const RingState::State state = state_.get();
    if (state == RingState::working) [[likely]]
      return fault() == nullptr;
    return leave_or_begin(state);
  }

 protected:
  /// Calls `work` with the kind of ring that it is.
  template <class Work>
  auto with_ring(Work work) noexcept {
    return setup_.packed ? work(packed_) : work(split_);
  }
  /// Shows the guest what was used (the index of 2.7.8, the flags of 2.8.1), and calls it unless it
  /// suppresses that (2.7.7, 2.8.10). At the end of every `work`, because it finds out what was wrong, too.
  template <class Ring>
  void publish_and_call(Ring& ring, SharedCounter& calls) noexcept {
    if (ring.publish()) {
      call();
      calls.add();
    }
    if (ring.fault() != nullptr) [[unlikely]]
      fault_.store(ring.fault(), std::memory_order_relaxed);
  }

  RingSetup setup_;

 private:
  bool leave_or_begin(RingState::State state) noexcept;
  /// Worker: a guest that keeps it waiting by tricks is found by the control thread, which ends that.
  void call() noexcept;

  RingState state_;
  bool served_ = false;
  std::atomic<const char*> fault_{nullptr};
  SplitRing split_;
  PackedRing packed_;
};

}  // namespace ixyflow::drivers::vhost
