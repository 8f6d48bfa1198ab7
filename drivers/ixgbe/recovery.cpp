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

std::string speed(std::uint32_t megabits) {
  return megabits >= 1000 ? fmt::format("{} Gbit/s", megabits / 1000) : fmt::format("{} Mbit/s", megabits);
}

}  // namespace

Recovery::Recovery(Card& card, CardCounters& counters)
    : RecoveryStateMachine("the card"),
      card_(card),
      counters_(counters),
      transmit_looks_(card.transmit.size()),
      receive_looks_(card.receive.size()) {}

void Recovery::begin(Time now) {
  RecoveryStateMachine::begin(now);
  seen_since_ = now;
  next_link_look_ = now;
  next_fault_look_ = now + kFaultLook;
  link_ = seen_ = {};
  std::ranges::fill(transmit_looks_, TransmitLook{});
  std::ranges::fill(receive_looks_, ReceiveLook{});
}

void Recovery::watch(Time now, const EventSink& event) {
  card_.settle();
  if (now >= next_link_look_) follow_link(now, event);
  if (!working() || now < next_fault_look_) return;
  next_fault_look_ = now + kFaultLook;
  // First, because PAUSE frames explain what would look like a hang.
  counters_.read(card_.device(), static_cast<unsigned>(card_.receive.size()));
  if (const std::string fault = find_fault(); !fault.empty()) park_for_reset(now, fault, event);
}

void Recovery::follow_link(Time now, const EventSink& event) {
  next_link_look_ = now + kLinkLook;
  if (card_.removed()) return park_for_good(event);
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
  if (!card_.transmit.empty()) park({});
}

/// What is wrong with the card, or nothing.
std::string Recovery::find_fault() {
  const std::uint64_t pauses = counters_.pause_received.value();
  paused_ = pauses != pauses_;
  for (std::size_t i = 0; i < transmit_looks_.size(); ++i) {
    if (card_.transmit[i].distrusted())
      return fmt::format("the card reports frames as sent that transmit queue {} never had", i);
    if (hangs(i)) return fmt::format("transmit queue {} hangs", i);
  }
  pauses_ = pauses;
  for (std::size_t i = 0; i < receive_looks_.size(); ++i)
    if (disagrees(i)) return fmt::format("the card and receive queue {} do not agree where they are", i);
  return {};
}

/// Whether the card has frames of a transmit queue and sends none of them, look after look.
bool Recovery::hangs(std::size_t i) {
  const TransmitQueue& queue = card_.transmit[i];
  const TransmitLook now{queue.given(), queue.head(), 0};
  TransmitLook& before = transmit_looks_[i];
  const auto size = static_cast<std::uint32_t>(queue.ring().size());
  const bool waits = now.given % size != now.head && now.head == before.head;
  // PAUSE frames of the other end are no fault of the card.
  before = {now.given, now.head, waits && link_.up && !paused_ ? before.times + 1 : 0};
  return before.times >= kPatience;
}

/// Whether a receive queue waits for one descriptor and the card for another, look after look.
bool Recovery::disagrees(std::size_t i) {
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
  return times >= kPatience;
}

void Recovery::take_down() {
  // The last of what the card has counted; a reset clears it.
  counters_.read(card_.device(), static_cast<unsigned>(card_.receive.size()));
  // Should it not stop by itself, it has lost the bus.
  static_cast<void>(card_.take_down());
}

Result<void> Recovery::reset_device() {
  counters_.resets.add();
  return card_.reset();
}

void Recovery::set_queues(QueueState::State state) {
  for (ReceiveQueue& queue : card_.receive) queue.state.set(state);
  for (TransmitQueue& queue : card_.transmit) queue.state.set(state);
}

void Recovery::tell_failure(const Error& error, BackOff::Pause pause, const EventSink& event) {
  event(EventKind::warning, fmt::format("{}; tried again in {} ms", error.text, pause.count()));
}

}  // namespace ixyflow::drivers::ixgbe
