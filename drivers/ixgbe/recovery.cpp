#include "drivers/ixgbe/recovery.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "drivers/ixgbe/registers.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLinkLook{5};
constexpr milliseconds kSteady{20};  ///< a link is what it has been for so long: shorter changes are bounces
constexpr milliseconds kFaultLook{250};
constexpr unsigned kPatience = 2;  ///< looks in a row that find the same fault
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{10'000};

std::string speed(std::uint32_t megabits) {
  return megabits >= 1000 ? fmt::format("{} Gbit/s", megabits / 1000) : fmt::format("{} Mbit/s", megabits);
}

}  // namespace

Recovery::Recovery(Card& card, CardCounters& counters)
    : card_(card),
      counters_(counters),
      transmit_looks_(card.transmit.size()),
      receive_looks_(card.receive.size()) {}

void Recovery::begin(Time now) {
  phase_ = Phase::working;
  up_since_ = seen_since_ = now;
  next_link_look_ = now;
  next_fault_look_ = now + kFaultLook;
  link_ = seen_ = {};
  std::ranges::fill(transmit_looks_, TransmitLook{});
  std::ranges::fill(receive_looks_, ReceiveLook{});
}

void Recovery::look(Time now, const EventSink& event) {
  switch (phase_) {
    case Phase::working:
      if (now >= next_link_look_) follow_link(now, event);
      if (phase_ == Phase::working && now >= next_fault_look_) {
        next_fault_look_ = now + kFaultLook;
        // First, because PAUSE frames explain what would look like a hang.
        counters_.read(card_.device(), static_cast<unsigned>(card_.receive.size()));
        if (const std::string fault = find_fault(); !fault.empty()) park_for_reset(now, fault, event);
      }
      return;
    case Phase::parking:
      if (all_queues(QueueState::empty)) phase_ = Phase::resting;
      return;
    case Phase::resting:
      if (now >= next_try_) try_reset(now, event);
      return;
    case Phase::filling:
      if (all_queues(QueueState::filled)) bring_up(now, event);
      return;
    case Phase::removed:
      return;
  }
}

void Recovery::follow_link(Time now, const EventSink& event) {
  next_link_look_ = now + kLinkLook;
  if (card_.removed()) {
    park();
    return give_up(event);
  }
  const Link link = card_.device().link();
  if (link != seen_) {
    seen_ = link;
    seen_since_ = now;
  }
  if (seen_ != link_ && now - seen_since_ >= kSteady) change_link(seen_, event);
}

void Recovery::change_link(Link link, const EventSink& event) {
  const bool was_up = link_.up;
  link_ = link;
  if (link.up) {
    event(EventKind::note, fmt::format("the link is up, {}", speed(link.megabits)));
    card_.start_transmitting();
    return;
  }
  if (!was_up) return;
  counters_.link_losses.add();
  event(EventKind::warning, "the link is down");
  // Frames that wait in the card's queue would leave whenever the link comes back, however late: they are
  // flushed, which takes a reset, and until then nothing more is taken.
  if (!card_.transmit.empty()) {
    park();
    next_try_ = {};
  }
}

/// What is wrong with the card, or nothing.
std::string Recovery::find_fault() {
  for (std::size_t i = 0; i < transmit_looks_.size(); ++i) {
    const TransmitQueue& queue = card_.transmit[i];
    if (queue.distrusted())
      return fmt::format("the card reports frames as sent that transmit queue {} never had", i);
    const TransmitLook now{queue.given(), queue.head(), 0};
    TransmitLook& before = transmit_looks_[i];
    const auto size = static_cast<std::uint32_t>(queue.ring().size());
    const bool waits = now.given % size != now.head && now.head == before.head;
    // PAUSE frames of the other end are no fault of the card.
    const bool paused = counters_.pause_received.value() != pauses_;
    before = {now.given, now.head, waits && link_.up && !paused ? before.times + 1 : 0};
    if (before.times >= kPatience) return fmt::format("transmit queue {} hangs", i);
  }
  pauses_ = counters_.pause_received.value();
  for (std::size_t i = 0; i < receive_looks_.size(); ++i) {
    const ReceiveQueue& queue = card_.receive[i];
    const ReceiveLook now{queue.position(), card_.device().read(reg::rdh(static_cast<unsigned>(i))),
                          queue.idle_looks(), 0};
    ReceiveLook& before = receive_looks_[i];
    // ASSUMPTION HEAD: at rest the head is where the next frame goes, which is where we look.
    const bool differ = now.position == before.position && now.head == before.head &&
                        now.position != now.head && now.idle_looks != before.idle_looks;
    const unsigned times = differ ? before.times + 1 : 0;
    before = now;
    before.times = times;
    if (times >= kPatience)
      return fmt::format("the card and receive queue {} do not agree where they are", i);
  }
  return {};
}

/// Has the workers give back all buffers of a card that cannot write to them any more.
void Recovery::park() {
  // The last of what the card has counted; a reset clears it.
  counters_.read(card_.device(), static_cast<unsigned>(card_.receive.size()));
  // Should it not stop by itself, it has lost the bus.
  static_cast<void>(card_.take_down());
  set_queues(QueueState::leaving);
  phase_ = Phase::parking;
}

void Recovery::give_up(const EventSink& event) {
  phase_ = Phase::removed;
  event(EventKind::warning,
        fmt::format("the card is gone: {}; nothing more is received or sent here", card_.why_removed()));
}

void Recovery::park_for_reset(Time now, const std::string& reason, const EventSink& event) {
  // A card that works for a while has earned a quick reset; one that does not must wait, longer every time.
  if (now - up_since_ > kLongestPause) pause_ = milliseconds(0);
  event(EventKind::warning, fmt::format("{}; the card is reset{}", reason,
                                        pause_.count() == 0 ? "" : fmt::format(" in {} ms", pause_.count())));
  next_try_ = now + pause_;
  pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
  park();
}

void Recovery::try_reset(Time now, const EventSink& event) {
  counters_.resets.add();
  if (const auto done = card_.reset(); !done) {
    if (card_.removed()) return give_up(event);
    pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
    next_try_ = now + pause_;
    event(EventKind::warning, fmt::format("{}; tried again in {} ms", done.error().text, pause_.count()));
    return;
  }
  set_queues(QueueState::filling);
  phase_ = Phase::filling;
}

void Recovery::bring_up(Time now, const EventSink& event) {
  if (const auto done = card_.bring_up(); !done) return park_for_reset(now, done.error().text, event);
  begin(now);
}

bool Recovery::all_queues(QueueState::State state) const {
  const auto is = [state](const auto& queue) { return queue.state.get() == state; };
  return std::ranges::all_of(card_.receive, is) && std::ranges::all_of(card_.transmit, is);
}

void Recovery::set_queues(QueueState::State state) {
  for (ReceiveQueue& queue : card_.receive) queue.state.set(state);
  for (TransmitQueue& queue : card_.transmit) queue.state.set(state);
}

}  // namespace ixyflow::drivers::ixgbe
