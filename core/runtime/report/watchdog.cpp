#include "core/runtime/report/watchdog.hpp"

#include <fmt/core.h>

#include <string>
#include <utility>

#include "core/runtime/engine/worker.hpp"
#include "core/runtime/machine/affinity.hpp"

namespace ixyflow {

namespace {

using std::chrono::milliseconds;

constexpr auto kAskEvery = milliseconds(500);
constexpr auto kCheckEvery = milliseconds(1000);
/// A worker that lost its CPU to another program for a while is no news: even a nice value of -20 gives it a
/// turn again after some ten milliseconds.
constexpr auto kSilence = milliseconds(1000);
constexpr auto kOwnGap = milliseconds(100);

double seconds(Watchdog::Time::duration time) {
  return std::chrono::duration<double>(time).count();
}

std::string or_caught(const Worker* worker) {
  const char* element = worker != nullptr ? worker->seen_activity() : nullptr;
  return element != nullptr ? fmt::format(", or caught in element '{}'", element) : "";
}

}  // namespace

Watchdog::Watchdog(std::vector<Subject> subjects, bool bound, Handshake& handshake, EventSink event)
    : bound_(bound),
      handshake_(handshake),
      event_(event ? std::move(event) : [](EventKind, std::string_view) {}) {
  for (Subject& subject : subjects) watches_.push_back({.subject = std::move(subject)});
}

void Watchdog::look(Time now) {
  forgive_own_gap(now);
  hear_answers(now);
  if (now >= next_ask_) ask(now);
  if (!bound_ || now < next_check_) return;
  next_check_ = now + kCheckEvery;
  for (Watch& watch : watches_) check_cpu(watch);
}

/// While this thread did not run, the whole process may have been stopped: that is no worker's fault.
void Watchdog::forgive_own_gap(Time now) {
  if (last_look_ != Time() && now - last_look_ > kOwnGap)
    for (Watch& watch : watches_) watch.since += watch.silent ? Time::duration(0) : now - last_look_;
  last_look_ = now;
}

void Watchdog::hear_answers(Time now) {
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    Watch& watch = watches_[i];
    if (!watch.asked) continue;
    if (handshake_.answered(i, request_)) {
      if (watch.silent)
        event_(EventKind::note, fmt::format("core '{}' is back after {:.1f} s", watch.subject.core,
                                            seconds(now - watch.since)));
      watch.asked = watch.silent = false;
    } else if (!watch.silent && now - watch.since >= kSilence) {
      watch.silent = true;
      event_(EventKind::warning,
             fmt::format(
                 "core '{}' has not finished a round for {:.1f} s: it is stopped, or kept from CPU {}{}{}",
                 watch.subject.core, seconds(now - watch.since), watch.subject.cpu,
                 or_caught(watch.subject.worker), watches_.size() > 1 ? "; the others go on" : ""));
    }
  }
}

/// A new request also for those who owe an answer to an old one, so that the others are asked all the same.
void Watchdog::ask(Time now) {
  next_ask_ = now + kAskEvery;
  for (Watch& watch : watches_)
    if (!std::exchange(watch.asked, true)) watch.since = now;
  request_ = handshake_.ask();
}

void Watchdog::check_cpu(Watch& watch) {
  const auto& [core, cpu, thread, worker] = watch.subject;
  const bool bound = bound_to_cpu(thread, cpu);
  if (bound || bind_to_cpu(thread, cpu) == 0) {
    if (std::exchange(watch.lost_cpu, false))
      event_(EventKind::note, fmt::format("core '{}' has CPU {} again", core, cpu));
    else if (!bound)
      event_(EventKind::warning,
             fmt::format("core '{}' was moved off CPU {}, and is bound to it again", core, cpu));
  } else if (!std::exchange(watch.lost_cpu, true)) {
    event_(
        EventKind::warning,
        fmt::format("core '{}' lost CPU {}, which is offline or out of its cpuset: it runs elsewhere until "
                    "the CPU is back",
                    core, cpu));
  }
}

}  // namespace ixyflow
