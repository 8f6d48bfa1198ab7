#include "drivers/virtio/driver/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ixyflow::drivers::virtio {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{50};  ///< a look at status and link may cost an exit of the virtual machine
constexpr milliseconds kHangLook{1000};
constexpr unsigned kPatience = 2;  ///< looks in a row that find the same hang
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{10'000};
/// A peer that left may be back soon, and looking for it costs next to nothing.
constexpr milliseconds kLongestAbsence{1'000};

}  // namespace

Recovery::Recovery(Device& device, DeviceCounters& counters)
    : device_(device), counters_(counters), seen_(device.transmit.size()), times_(device.transmit.size()) {}

void Recovery::begin(Time now) {
  phase_ = Phase::working;
  mending_.reset();
  mended_.reset();
  up_since_ = now;
  next_look_ = now;
  next_hang_look_ = now + kHangLook;
  agreement_told_ = false;
  trouble_.clear();
  std::ranges::fill(seen_, 0);
  std::ranges::fill(times_, 0);
}

void Recovery::begin_without(Time now) {
  phase_ = Phase::resting;
  next_try_ = now;
}

void Recovery::look(Time now, const EventSink& event) {
  switch (phase_) {
    case Phase::working:
      return follow_device(now, event);
    case Phase::parking:
      stop_mending();
      if (all_queues(QueueState::empty)) phase_ = Phase::resting;
      return;
    case Phase::resting:
      if (now >= next_try_) try_reset(now, event);
      return;
    case Phase::filling:
      if (all_queues(QueueState::filled)) bring_up(now, event);
      return;
    case Phase::removed:
      return stop_mending();
  }
}

void Recovery::follow_device(Time now, const EventSink& event) {
  if (!device_.transport().connected()) {
    if (device_.transport().gone()) return park_for_good(event);
    return park_for_reset(now, device_.transport().why_gone(), event);
  }
  if (!std::exchange(agreement_told_, true))
    event(EventKind::note, "the device works with " + describe(device_.agreement().features));
  if (mending_) go_on_mending(now, event);
  if (phase_ != Phase::working) return;
  if (const auto fault = find_nonsense()) mend(now, *fault, event);
  if (phase_ != Phase::working) return;
  if (now >= next_look_) {
    next_look_ = now + kLook;
    const std::uint8_t status = device_.transport().status();
    if ((status & (status::kNeedsReset | status::kFailed)) != 0 || (status & status::kDriverOk) == 0)
      return park_for_reset(now, fmt::format("the device has failed (its status is {:#04x})", status), event);
    follow_link(event);
  }
  if (now >= next_hang_look_) {
    next_hang_look_ = now + kHangLook;
    // Not the one queue: QEMU (7.2 to 11.1) dies of an assertion when it is to reset a queue with frames that
    // nobody takes from it.
    if (const auto hang = find_hang()) park_for_reset(now, *hang, event);
  }
}

void Recovery::follow_link(const EventSink& event) {
  const bool up = device_.link_up();
  if (up == link_up()) return;
  link_up_.store(up, std::memory_order_relaxed);
  if (!up) counters_.link_losses.add();
  event(up ? EventKind::note : EventKind::warning, up ? "the link is up" : "the link is down");
}

/// What a queue has found that its device cannot have done.
std::optional<Recovery::Fault> Recovery::find_nonsense() const {
  const auto ask = [this](const auto& queues, const char* direction,
                          std::size_t first) -> std::optional<Fault> {
    for (std::size_t i = 0; i < queues.size(); ++i) {
      const auto index = static_cast<std::uint16_t>(2 * i + first);
      const char* const what = queues[i].distrusted();
      if (what != nullptr && mending_ != index)
        return Fault{fmt::format("the device {} ({} queue {})", what, direction, i), index};
    }
    return std::nullopt;
  };
  auto fault = ask(device_.receive, "receive", 0);
  return fault ? fault : ask(device_.transmit, "transmit", 1);
}

std::optional<std::string> Recovery::find_hang() {
  for (std::size_t i = 0; i < device_.transmit.size(); ++i) {
    const TransmitQueue& queue = device_.transmit[i];
    const std::uint32_t seen = queue.seen();
    const bool hangs = queue.state.is_working() && queue.waits() && seen == seen_[i];
    times_[i] = hangs ? times_[i] + 1 : 0;
    seen_[i] = seen;
    if (times_[i] < kPatience) continue;
    times_[i] = 0;
    return fmt::format("transmit queue {} hangs", i);
  }
  return std::nullopt;
}

/// Has the device reset one queue. If it cannot, or that did not help, it is reset as a whole.
void Recovery::mend(Time now, const Fault& fault, const EventSink& event) {
  const bool first = !mending_ && (!mended_ || now - *mended_ > kLongestPause);
  if (!first || !device_.reset_queue(fault.queue)) return park_for_reset(now, fault.text, event);
  event(EventKind::warning, fault.text + "; the queue is reset");
  counters_.queue_resets.add();
  device_.queue(fault.queue).state.set(QueueState::leaving);
  mending_ = fault.queue;
  mended_ = now;
}

void Recovery::go_on_mending(Time now, const EventSink& event) {
  QueueState& state = device_.queue(*mending_).state;
  if (state.get() == QueueState::empty) return state.set(QueueState::filling);
  if (state.get() != QueueState::filled) return;
  const auto restarted = device_.restart_queue(*mending_);
  if (!restarted) return park_for_reset(now, restarted.error().text, event);
  mending_.reset();
}

/// The device was taken away while a queue of it was on its way back: it goes with the others, once its
/// worker is done with it.
void Recovery::stop_mending() {
  if (!mending_) return;
  QueueState& state = device_.queue(*mending_).state;
  if (state.get() == QueueState::filled) state.set(QueueState::leaving);
  if (state.get() == QueueState::empty || state.get() == QueueState::leaving) mending_.reset();
}

/// Has the workers give back all buffers of a device that cannot write to them any more.
void Recovery::park() {
  static_cast<void>(device_.take_down());
  link_up_.store(false, std::memory_order_relaxed);
  for (std::uint16_t i = 0; i < device_.receive.size(); ++i) leave(static_cast<std::uint16_t>(2 * i));
  for (std::uint16_t i = 0; i < device_.transmit.size(); ++i) leave(static_cast<std::uint16_t>(2 * i + 1));
  phase_ = Phase::parking;
}

void Recovery::park_for_reset(Time now, const std::string& reason, const EventSink& event) {
  // A device that works for a while has earned a quick reset; one that does not must wait, longer every time.
  if (now - up_since_ > kLongestPause) pause_ = milliseconds(0);
  pause_ = std::min(pause_, longest_pause());
  event(EventKind::warning, fmt::format("{}; it is reset{}", reason,
                                        pause_.count() == 0 ? "" : fmt::format(" in {} ms", pause_.count())));
  next_try_ = now + pause_;
  lengthen_pause();
  park();
}

milliseconds Recovery::longest_pause() const {
  return device_.transport().connected() ? kLongestPause : kLongestAbsence;
}

void Recovery::lengthen_pause() {
  pause_ = std::clamp(2 * pause_, kFirstPause, longest_pause());
}

void Recovery::park_for_good(const EventSink& event) {
  event(EventKind::warning,
        fmt::format("{}; nothing more is received or sent here", device_.transport().why_gone()));
  park();
  phase_ = Phase::removed;
}

void Recovery::try_reset(Time now, const EventSink& event) {
  if (const auto done = device_.reset(); !done) {
    // It has no queue of ours; one more reset would only take as long as the first.
    device_.transport().cut_off();
    if (device_.transport().gone()) {
      event(EventKind::warning,
            fmt::format("{}; nothing more is received or sent here", device_.transport().why_gone()));
      phase_ = Phase::removed;
      return;
    }
    lengthen_pause();
    next_try_ = now + pause_;
    if (done.error().text != trouble_)
      event(EventKind::warning, fmt::format("{}; tried again until it works", done.error().text));
    trouble_ = done.error().text;
    return;
  }
  counters_.resets.add();
  for (ReceiveQueue& queue : device_.receive) queue.state.set(QueueState::filling);
  for (TransmitQueue& queue : device_.transmit) queue.state.set(QueueState::filling);
  phase_ = Phase::filling;
}

void Recovery::bring_up(Time now, const EventSink& event) {
  if (const auto done = device_.bring_up(); !done) return park_for_reset(now, done.error().text, event);
  begin(now);
}

bool Recovery::all_queues(QueueState::State state) const {
  const auto is = [state](const auto& queue) { return queue.state.get() == state; };
  return std::ranges::all_of(device_.receive, is) && std::ranges::all_of(device_.transmit, is);
}

/// Not one that is being mended: its worker may be filling it this very moment.
void Recovery::leave(std::uint16_t index) {
  if (mending_ != index) device_.queue(index).state.set(QueueState::leaving);
}

}  // namespace ixyflow::drivers::virtio
