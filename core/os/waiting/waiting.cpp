#include "core/os/waiting/waiting.hpp"

#include <poll.h>

#include <algorithm>
#include <thread>

#include "core/os/waiting/fiber.hpp"
#include "core/os/waiting/time_budget.hpp"

namespace ixyflow {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

bool wait_ready(int fd, short events, steady_clock::time_point until) noexcept {
  // A fiber that was left once looks, and is left again: who is slow costs its thread nothing more.
  bool was_left = false;
  for (auto now = steady_clock::now();;) {
    // Asked anew, because an end of everything makes both different.
    const auto end = std::min(until, TimeBudget::end());
    const auto turn = Fiber::turn_end();
    const bool waits = !was_left || turn == steady_clock::time_point::max();
    const auto left =
        waits ? std::max<nanoseconds>(std::min(end, turn) - now, nanoseconds(0)) : nanoseconds(0);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec time{seconds.count(), (left - seconds).count()};
    pollfd state{fd, events, 0};
    if (::ppoll(&state, 1, &time, nullptr) > 0) return true;
    now = steady_clock::now();
    if (now >= end) return false;
    if (waits && now < turn) continue;
    Fiber::leave();
    was_left = true;
    now = steady_clock::now();
  }
}

void pause_for(nanoseconds time) noexcept {
  const auto until = steady_clock::now() + time;
  for (;;) {
    const auto end = std::min(until, TimeBudget::end());
    if (steady_clock::now() >= end) return;
    if (end <= Fiber::turn_end())
      std::this_thread::sleep_until(end);
    else
      Fiber::leave();
  }
}

void give_way() noexcept {
  if (steady_clock::now() >= Fiber::turn_end()) Fiber::leave();
}

}  // namespace ixyflow
