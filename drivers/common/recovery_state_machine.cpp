#include "drivers/common/recovery_state_machine.hpp"

#include <fmt/format.h>

namespace ixyflow::drivers {

void RecoveryStateMachine::begin(Time now) {
  phase_ = Phase::working;
  up_since_ = now;
}

void RecoveryStateMachine::begin_without(Time now) {
  phase_ = Phase::resting;
  next_try_ = now;
}

void RecoveryStateMachine::look(Time now, const EventSink& event) {
  switch (phase_) {
    case Phase::working:
      return watch(now, event);
    case Phase::parking:
      settle();
      if (queues_are(QueueState::empty)) phase_ = Phase::resting;
      return;
    case Phase::resting:
      if (now >= next_try_) try_reset(now, event);
      return;
    case Phase::filling:
      if (queues_are(QueueState::filled)) finish(now, event);
      return;
    case Phase::removed:
      return settle();
  }
}

void RecoveryStateMachine::park(Time next_try) {
  next_try_ = next_try;
  take_down();
  set_queues(QueueState::leaving);
  phase_ = Phase::parking;
}

void RecoveryStateMachine::park_for_reset(Time now, const std::string& reason, const EventSink& event) {
  if (now - up_since_ > BackOff::kLongest) back_off_.reset();
  back_off_.limit(longest_pause());
  const BackOff::Pause pause = back_off_.pause();
  event(EventKind::warning, fmt::format("{}; {} is reset{}", reason, device_,
                                        pause.count() == 0 ? "" : fmt::format(" in {} ms", pause.count())));
  back_off_.lengthen(longest_pause());
  park(now + pause);
}

void RecoveryStateMachine::park_for_good(const EventSink& event) {
  park({});
  give_up(event);
}

void RecoveryStateMachine::give_up(const EventSink& event) {
  phase_ = Phase::removed;
  event(EventKind::warning, why_gone() + "; nothing more is received or sent here");
}

void RecoveryStateMachine::try_reset(Time now, const EventSink& event) {
  if (const auto done = reset_device(); !done) {
    if (gone()) return give_up(event);
    back_off_.lengthen(longest_pause());
    next_try_ = now + back_off_.pause();
    return tell_failure(done.error(), back_off_.pause(), event);
  }
  set_queues(QueueState::filling);
  phase_ = Phase::filling;
}

void RecoveryStateMachine::finish(Time now, const EventSink& event) {
  if (const auto done = bring_up(); !done) return park_for_reset(now, done.error().text, event);
  begin(now);
}

}  // namespace ixyflow::drivers
