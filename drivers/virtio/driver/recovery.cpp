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
/// A peer that left may be back soon, and looking for it costs next to nothing.
constexpr milliseconds kLongestAbsence{1'000};

}  // namespace

Recovery::Recovery(Device& device, DeviceCounters& counters)
    : RecoveryStateMachine("it"),
      device_(device),
      counters_(counters),
      seen_(device.transmit.size()),
      times_(device.transmit.size()) {}

void Recovery::begin(Time now) {
  RecoveryStateMachine::begin(now);
  mending_.reset();
  mended_.reset();
  next_look_ = now;
  next_hang_look_ = now + kHangLook;
  agreement_told_ = false;
  trouble_.clear();
  std::ranges::fill(seen_, 0);
  std::ranges::fill(times_, 0);
}

void Recovery::follow_device(Time now, const EventSink& event) {
  if (!device_.transport().connected()) {
    if (device_.transport().gone()) return park_for_good(event);
    return park_for_reset(now, device_.transport().why_gone(), event);
  }
  device_.transport().settle();
  if (!std::exchange(agreement_told_, true))
    event(EventKind::note, "the device works with " + describe(device_.agreement().features));
  if (mending_) go_on_mending(now, event);
  if (!working()) return;
  if (const auto fault = find_nonsense()) mend(now, *fault, event);
  if (!working()) return;
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
  const bool first = !mending_ && (!mended_ || now - *mended_ > BackOff::kLongest);
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

void Recovery::take_down() {
  static_cast<void>(device_.take_down());
  link_up_.store(false, std::memory_order_relaxed);
}

BackOff::Pause Recovery::longest_pause() {
  return device_.transport().connected() ? BackOff::kLongest : kLongestAbsence;
}

Result<void> Recovery::reset_device() {
  auto done = device_.reset();
  // A device without its reset has no queue of ours; one more try would only take as long as the first.
  if (!done)
    device_.transport().cut_off();
  else
    counters_.resets.add();
  return done;
}

void Recovery::tell_failure(const Error& error, BackOff::Pause /*pause*/, const EventSink& event) {
  if (error.text != trouble_)
    event(EventKind::warning, fmt::format("{}; tried again until it works", error.text));
  trouble_ = error.text;
}

void Recovery::set_queues(QueueState::State state) {
  for (std::size_t i = 0; i < device_.receive.size(); ++i)
    set_queue(static_cast<std::uint16_t>(2 * i), state);
  for (std::size_t i = 0; i < device_.transmit.size(); ++i)
    set_queue(static_cast<std::uint16_t>(2 * i + 1), state);
}

/// Not one that is being mended: its worker may be filling it this very moment.
void Recovery::set_queue(std::uint16_t index, QueueState::State state) {
  if (mending_ != index) device_.queue(index).state.set(state);
}

}  // namespace ixyflow::drivers::virtio
