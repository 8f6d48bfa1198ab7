#include "drivers/virtio/device/ring/guest_ring.hpp"

#include <unistd.h>

namespace ixyflow::drivers::vhost {

void GuestRing::give(const RingSetup& setup) noexcept {
  setup_ = setup;
  fault_.store(nullptr, std::memory_order_relaxed);
  if (setup.packed)
    packed_.begin(setup);
  else
    split_.begin(setup);
  state_.give();
}

bool GuestRing::leave_or_begin(RingState::State state) noexcept {
  // Only what is the worker's to end: a ring that is parked may be given to it at this very moment.
  if (state == RingState::given) {
    if (setup_.call_at_once) call();
    state_.begin();
    return true;
  }
  if (state != RingState::parked) state_.park();
  return false;
}

void GuestRing::call() noexcept {
  const std::uint64_t one = 1;
  // Full is as good as written: the guest has not looked at the last call yet.
  [[maybe_unused]] const ssize_t written = ::write(setup_.call, &one, sizeof one);
}

}  // namespace ixyflow::drivers::vhost
