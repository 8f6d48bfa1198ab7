#include "drivers/vhost/back_end.hpp"

#include <fmt/core.h>

#include <utility>

#include "core/base/diagnostics.hpp"

namespace ixyflow::drivers::vhost {

namespace {

using std::chrono::milliseconds;

/// Between tries to go where nobody listens.
constexpr milliseconds kTryAgain{100};
/// After a front end that made a mistake, so that one that makes it again and again costs little.
constexpr milliseconds kAfterMistake{100};

}  // namespace

void BackEnd::look(Time now, const EventSink& event) {
  if (stopped_) return;
  if (!front_end_) meet(now);
  if (!front_end_) return tell_of_waiting(event);
  if (!over_) serve(now, event);
  if (over_) part(now);
}

void BackEnd::stop() noexcept {
  stopped_ = true;
  if (front_end_) static_cast<void>(front_end_->leave());
}

void BackEnd::meet(Time now) {
  if (now < next_meeting_) return;
  FileDescriptor socket = other_.open() ? std::exchange(other_, {}) : endpoint_.meet();
  if (!endpoint_.listens()) next_meeting_ = now + kTryAgain;
  if (!socket.open()) return;
  over_ = false;
  told_ = true;
  front_end_.emplace(std::move(socket), rings_, offer_, now);
}

/// Once, for who wonders why nothing comes: front ends that come later speak for themselves.
void BackEnd::tell_of_waiting(const EventSink& event) {
  if (std::exchange(told_, true)) return;
  event(EventKind::note,
        fmt::format("waits for a front end {} '{}'", endpoint_.listens() ? "to come to" : "that listens at",
                    printable(endpoint_.path())));
}

void BackEnd::serve(Time now, const EventSink& event) {
  const bool spoke = front_end_->spoke();
  over_ = !front_end_->look(now, event);
  if (!spoke && front_end_->spoke()) connections_.add();
  if (!over_) return turn_away_others();
  const std::string& problem = front_end_->problem();
  if (!problem.empty())
    event(EventKind::warning, fmt::format("the front end {}; it was sent away", problem));
  else if (front_end_->spoke())
    event(EventKind::note, "the front end is gone");
  if (!problem.empty()) next_meeting_ = now + kAfterMistake;
}

/// One at a time. Who comes when the one before has just died is not turned away: it is asked again whether
/// it is there.
void BackEnd::turn_away_others() {
  other_.reset();
  if (endpoint_.listens()) other_ = endpoint_.meet();
}

void BackEnd::part(Time /*now*/) {
  if (front_end_->leave()) front_end_.reset();
}

}  // namespace ixyflow::drivers::vhost
