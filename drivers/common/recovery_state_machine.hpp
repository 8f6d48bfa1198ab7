#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/messages/event.hpp"
#include "core/base/result.hpp"
#include "drivers/bus/queue_state.hpp"
#include "drivers/common/back_off.hpp"

namespace ixyflow::drivers {

/// The state machine by which a driver brings its device back while the workers go on with everything else:
///
///   working -> parking   the device was stopped; the workers give its buffers back
///   parking -> resting   all buffers are home; nothing happens before the next try is due (back-off)
///   resting -> filling   the device was reset; the workers take buffers again
///   filling -> working   the device has its queues again
///
/// A device that is gone for good is parked, and stays so (removed). A driver derives from it, says what is
/// wrong with its device, and what each step is for it. Control thread only; no call takes longer than a
/// reset.
class RecoveryStateMachine {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual ~RecoveryStateMachine() = default;
  RecoveryStateMachine(const RecoveryStateMachine&) = delete;
  RecoveryStateMachine& operator=(const RecoveryStateMachine&) = delete;

  /// The device was just brought up.
  virtual void begin(Time now);
  /// There is no device yet: it will be looked for.
  void begin_without(Time now);
  /// To be called every few milliseconds.
  void look(Time now, const EventSink& event);
  /// Whether the device is gone for good.
  [[nodiscard]] bool removed() const noexcept { return phase_ == Phase::removed; }
  /// Whether the device is up and may have packets under way.
  [[nodiscard]] bool working() const noexcept { return phase_ == Phase::working; }

 protected:
  /// `device`: what warnings call it, as "the card".
  explicit RecoveryStateMachine(const char* device) noexcept : device_(device) {}

  /// Stops the device and has the workers give back all buffers; then it is reset, not before `next_try`.
  void park(Time next_try);
  /// The same after a fault, with a warning and with a back-off: a device that works for a while has earned a
  /// quick reset; one that does not must wait, longer every time.
  void park_for_reset(Time now, const std::string& reason, const EventSink& event);
  /// The same for a device that will not come back.
  void park_for_good(const EventSink& event);

  template <class... Queues>
  [[nodiscard]] static bool all_are(QueueState::State state, const Queues&... queues) {
    const auto is = [state](const auto& queue) { return queue.state.get() == state; };
    return (std::ranges::all_of(queues, is) && ...);
  }

 private:
  enum class Phase : std::uint8_t { working, parking, resting, filling, removed };

  // What a driver knows of its device.

  /// Looks after a device that works; parks it if there is something wrong.
  virtual void watch(Time now, const EventSink& event) = 0;
  /// Stops the device, if need be the hard way: it touches no memory afterwards.
  virtual void take_down() = 0;
  virtual Result<void> reset_device() = 0;
  /// Gives the device its queues, which are filled.
  virtual Result<void> bring_up() = 0;
  [[nodiscard]] virtual bool queues_are(QueueState::State state) const = 0;
  virtual void set_queues(QueueState::State state) = 0;
  /// Whether a device that could not be reset is gone for good; `why_gone` is asked only then.
  [[nodiscard]] virtual bool gone() = 0;
  [[nodiscard]] virtual std::string why_gone() = 0;
  /// A reset has failed, and is tried again after `pause`.
  virtual void tell_failure(const Error& error, BackOff::Pause pause, const EventSink& event) = 0;
  /// Called while the device is parked, before its queues are looked at.
  virtual void settle() {}
  [[nodiscard]] virtual BackOff::Pause longest_pause() { return BackOff::kLongest; }

  void try_reset(Time now, const EventSink& event);
  void finish(Time now, const EventSink& event);
  void give_up(const EventSink& event);

  const char* device_;
  Phase phase_ = Phase::working;
  BackOff back_off_;
  Time next_try_;
  Time up_since_;
};

}  // namespace ixyflow::drivers
