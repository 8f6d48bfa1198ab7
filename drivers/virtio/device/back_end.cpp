#include "drivers/virtio/device/back_end.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <string>
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
  if (!front_end_) meet(now, event);
  if (!front_end_) return;
  if (!over_) serve(now, event);
  if (over_) part();
}

void BackEnd::stop() noexcept {
  stopped_ = true;
  if (front_end_) static_cast<void>(front_end_->leave());
}

void BackEnd::meet(Time now, const EventSink& event) {
  if (now < next_meeting_) return;
  FileDescriptor socket = other_.open() ? std::exchange(other_, {}) : endpoint_.meet();
  if (!endpoint_.listens()) next_meeting_ = now + kTryAgain;
  if (!socket.open()) return tell_of_waiting(errno, event);
  if (const auto known = endpoint_.check(socket); !known) {
    event(EventKind::warning, known.error().text);
    next_meeting_ = now + kAfterMistake;
    return;
  }
  trouble_.clear();
  told_ = true;
  over_ = false;
  front_end_.emplace(std::move(socket), rings_, offer_, now);
}

/// For who wonders why nothing comes: once where one is waited for, and where we go to it for every new
/// reason. Front ends that come later speak for themselves.
void BackEnd::tell_of_waiting(int error, const EventSink& event) {
  if (endpoint_.listens()) {
    if (!std::exchange(told_, true))
      event(EventKind::note,
            fmt::format("waits for a front end to come to '{}'", printable(endpoint_.path())));
    return;
  }
  const std::string why = vhost_user::cannot_meet(endpoint_.path(), error).text;
  if (why != trouble_) event(EventKind::warning, why + "; tried again until it works");
  trouble_ = why;
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

void BackEnd::part() {
  if (front_end_->leave()) front_end_.reset();
}

}  // namespace ixyflow::drivers::vhost
