#include "core/runtime/engine/worker.hpp"

#include <algorithm>

#include "core/element/spec.hpp"
#include "core/packet/checks.hpp"

namespace ixyflow {

namespace {

/// A port whose packets have ceased may still have some to write out: it is asked for its room now and then.
constexpr std::uint64_t kAskEvery = 4096;

}  // namespace

Worker::Worker(std::string name, Clock::Kind clock, std::uint32_t burst, TraceNumbers& trace)
    : name_(std::move(name)), burst_(burst), context_(clock, trace) {}

Node& Worker::add_node(const ElementNode& description, Element& element) {
  Node& node = nodes_.emplace_back(description, element, context_, burst_);
  for (const auto& timer : description.spec->timers) timers_.push_back({&timer(element), &node});
  if (element.capacity() != 0 || description.spec->cuts()) holders_.push_back(&node);
  return node;
}

Inlet& Worker::add_inlet(Node& node, PortIndex input) {
  return inlets_.emplace_back(Inlet{&node, input, context_.new_batch()});
}

FlowSteering& Worker::add_steering(const std::vector<Route>& targets) {
  FlowSteering& steering = steerings_.emplace_back();
  for (const Route& route : targets) steering.targets.push_back({route, context_.new_batch()});
  return steering;
}

void Worker::prepare() {
  context_.clock.refresh();
  for (const QueueUse& use : queues_) use.attach(context_.clock);
  for (const PollPoint& poll : polls_)
    if (poll.node != nullptr) poll.node->set_needs(poll.needs);
  for (Node& node : nodes_) node.prepare();
}

void Worker::update(const Element& element) noexcept {
  for (Node& node : nodes_)
    if (&node.element() == &element) node.update();
}

void Worker::enter_thread() noexcept {
  detail::current_activity = context_.meter.activity_place();
}

const Node* Worker::active_node() const noexcept {
  for (const Node& node : nodes_)
    if (node.name() == context_.meter.activity()) return &node;
  return nullptr;
}

bool Worker::round(Phase phase) noexcept {
  context_.clock.refresh();
  context_.meter.begin_round(counts_.rounds++);
  polled_now_ = 0;
  const bool ticked = !timers_.empty() && run_timers();
  bool moved = poll_all(phase);
  if (phase >= Phase::flushing) moved |= flush_elements(phase);
  if (moved || ticked) {
    run_inlets();
    ++counts_.useful_rounds;
    context_.meter.end_useful_round(polled_now_);
  }
  if (counts_.rounds % kAskEvery == 0) ask_transmitters();
  context_.pool->send_home();
  // What a timer pushed has left by now, or is held or in a ring, and counted there. So one that is always
  // armed again does not keep the run from its end.
  publish(moved, phase);
  return moved || ticked;
}

void Worker::ask_transmitters() noexcept {
  for (const QueueUse& use : queues_)
    if (!use.receive) static_cast<void>(use.port->tx_room(use.queue));
}

bool Worker::run_timers() noexcept {
  const Nanoseconds now = context_.clock.now();
  bool due = false;
  for (const TimerUse& use : timers_) {
    if (use.timer->due() > now) continue;
    use.timer->disarm();
    use.node->tick(*use.timer);
    due = true;
  }
  return due;
}

/// Back-pressure is decided here: a source that can wait is passed over in this round when one of the sinks
/// that it reaches lacks room, and so is never the reason of a drop.
inline bool Worker::may_poll(PollPoint& poll) noexcept {
  // It waits for the reader of its lines as well.
  if (poll.waits && context_.messages.is_filling_up()) return false;
  if (Sink* full = poll.held_up_by(); full != nullptr) {
    full->lacks_room(counts_.rounds);
    someone_waits_ = true;
    return false;
  }
  return true;
}

/// Called from one place, as may_poll is, and inlined there.
inline bool Worker::poll_one(PollPoint& poll, Phase phase) noexcept {
  if (poll.source && phase >= Phase::draining) return false;
  if (poll.ring != nullptr && phase == Phase::discarding) return discard_ring(*poll.ring);
  if (!may_poll(poll)) return false;
  const std::uint64_t count = poll.ring != nullptr ? poll_ring(poll) : poll.node->poll();
  poll.reserve(count);
  polled_now_ += count;
  return count != 0;
}

/// Those that wait for the same room take turns, so that one that always has packets does not keep it from
/// the others.
bool Worker::poll_all(Phase phase) noexcept {
  for (Sink& sink : sinks_) sink.reserved = 0;
  bool moved = false;
  PollPoint* next = polls_.data() + turn_;
  PollPoint* const end = polls_.data() + polls_.size();
  for (std::size_t left = polls_.size(); left > 0; --left) {
    moved |= poll_one(*next, phase);
    if (++next == end) next = polls_.data();
  }
  if (someone_waits_) [[unlikely]] {
    someone_waits_ = false;
    turn_ = (turn_ + 1) % polls_.size();
  }
  return moved;
}

std::uint64_t Worker::poll_ring(PollPoint& poll) noexcept {
  Inlet& inlet = *poll.inlet;
  if (inlet.pending->room() < poll.burst) inlet.node->process(inlet);
  const std::span<Packet*> places = inlet.pending->free_places().first(poll.burst);
  const std::uint32_t count = poll.ring->pop(places);
  if (count == 0) return 0;
  if (published_.quiet) [[unlikely]] {
    published_.quiet = false;
    status_.publish(published_);
  }
  // The metadata was last written on another core: all lines are on their way while the first is looked at.
  for (Packet* packet : places.first(count)) __builtin_prefetch(packet);
  if (inlet.pending->empty()) inlet.pending->bytes = 0;
  for (const Packet* packet : places.first(count)) inlet.pending->bytes += packet->length();
  inlet.pending->added(count);
  ring_received_ += count;
  return count;
}

bool Worker::discard_ring(Ring& ring) noexcept {
  std::array<Packet*, kMaxBatch> packets;
  const std::uint32_t count = ring.pop(packets);
  ring.out.stopped += count;
  ring_received_ += count;
  context_.pool->free(std::span(packets).first(count));
  return count != 0;
}

void Worker::run_inlets() noexcept {
  for (Inlet& inlet : inlets_)
    if (!inlet.pending->empty()) inlet.node->process(inlet);
}

/// What an element will give out by itself it is polled for, as long as the run goes on. What one that polls
/// gives out otherwise needs room as in a poll.
bool Worker::flush_elements(Phase phase) noexcept {
  const bool discarding = phase == Phase::discarding;
  bool moved = false;
  for (Node* node : holders_) {
    if (node->element().held() == 0) continue;
    const auto poll = std::ranges::find(polls_, node, &PollPoint::node);
    if (!discarding && node->element().next_due() != Timer::kNever) continue;
    if (!discarding && poll != polls_.end() && poll->held_up_by() != nullptr) continue;
    node->set_discarding(discarding);
    const std::uint64_t count = node->flush();
    if (poll != polls_.end()) poll->reserve(count);
    moved |= count != 0;
  }
  return moved;
}

/// Whether an element holds packets until a time that has not come yet.
bool Worker::something_comes_later() const noexcept {
  return std::ranges::any_of(polls_, [now = context_.clock.now()](const PollPoint& poll) {
    if (poll.node == nullptr || poll.source || poll.node->element().exhausted()) return false;
    const Nanoseconds due = poll.node->element().next_due();
    return due > now && due != Timer::kNever;
  });
}

bool Worker::sources_done(Phase phase) const noexcept {
  return phase >= Phase::draining || std::all_of(polls_.begin(), polls_.end(), [](const PollPoint& poll) {
           return !poll.source || poll.node->element().exhausted();
         });
}

/// Tells the control thread what decides whether the run is over. A worker that was never quiet has nothing
/// to tell while it is busy, so the packet path does not pay for this.
void Worker::publish(bool moved, Phase phase) noexcept {
  const bool quiet = !moved && sources_done(phase) && !something_comes_later();
  if (!quiet && !published_.quiet) return;
  WorkerStatus::View view{ring_received_, context_.ring_sent, 0, quiet};
  for (const Node* node : holders_) view.held += node->element().held();
  if (view == published_) return;
  status_.publish(view);
  published_ = view;
}

Nanoseconds Worker::next_due(Nanoseconds after) const noexcept {
  Nanoseconds due = Timer::kNever;
  const auto add = [&due, after](Nanoseconds time) {
    if (time > after) due = std::min(due, time);
  };
  for (const TimerUse& use : timers_) add(use.timer->due());
  // Who waits for room waits for others, not for a time.
  for (const PollPoint& poll : polls_)
    if (poll.node != nullptr && !poll.node->element().exhausted() && poll.held_up_by() == nullptr)
      add(poll.node->element().next_due());
  return due;
}

Nanoseconds Worker::longest_pause() const {
  Nanoseconds least = 0;
  for (const QueueUse& use : queues_) {
    const Nanoseconds pause = use.receive ? use.port->properties().longest_pause : 0;
    if (pause > 0) least = least > 0 ? std::min(least, pause) : pause;
  }
  return least;
}

WorkerSnapshot Worker::blank_snapshot() const {
  WorkerSnapshot blank;
  blank.waits.resize(sinks_.size());
  for (const Node& node : nodes_) blank.elements.push_back(node.blank_snapshot());
  return blank;
}

void Worker::snapshot(WorkerSnapshot& into) const noexcept {
  into.counts = counts_;
  into.counts.elapsed = elapsed();
  into.meter = context_.meter.counts();
  into.buffers_free = 0;
  for (const auto& pool : context_.pools) into.buffers_free += pool->available();
  for (std::size_t i = 0; i < sinks_.size(); ++i) into.waits[i] = sinks_[i].waits;
  for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i].snapshot(into.elements[i]);
}

void Worker::detach() noexcept {
  for (const QueueUse& use : queues_) use.detach();
  context_.pool->send_home();
}

}  // namespace ixyflow
