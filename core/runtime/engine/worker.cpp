#include "core/runtime/engine/worker.hpp"

#include <algorithm>

#include "core/element/spec.hpp"
#include "core/packet/checks.hpp"

namespace ixyflow {

namespace {

/// Reading the clock for every element costs more than a short batch of packets does; one round in 16 is
/// enough to know the cycles. They follow each other at changing distances, so that no rhythm of the traffic
/// keeps step with them.
constexpr std::uint32_t kLongestStampDistance = 31;

/// A port whose packets have ceased may still have some to write out: it is asked for its room now and then.
constexpr std::uint64_t kAskEvery = 4096;

}  // namespace

void Sink::lacks_room(std::uint64_t round) noexcept {
  if (last_wait == round) return;
  ++waits;
  if (ring != nullptr && last_wait + 1 != round) ++ring->full_events;
  last_wait = round;
}

Worker::Worker(std::string name, Clock::Kind clock, std::uint32_t burst, TraceNumbers& trace)
    : name_(std::move(name)), clock_(clock), burst_(burst), trace_(trace) {}

Batch* Worker::new_batch() {
  return &arena_.emplace_back();
}

Node& Worker::add_node(const ElementNode& description, Element& element) {
  Node& node = nodes_.emplace_back(description, element, *this, burst_);
  for (const auto& timer : description.spec->timers) timers_.push_back({&timer(element), &node});
  if (element.capacity() != 0 || description.spec->cuts()) holders_.push_back(&node);
  return node;
}

Inlet& Worker::add_inlet(Node& node, PortIndex input) {
  return inlets_.emplace_back(Inlet{&node, input, new_batch()});
}

FlowSpread& Worker::add_spread(const std::vector<Route>& targets) {
  FlowSpread& spread = spreads_.emplace_back();
  for (const Route& route : targets) spread.targets.push_back({route, new_batch()});
  return spread;
}

void Worker::prepare() {
  clock_.refresh();
  for (const QueueUse& use : queues_) {
    const QueueContext context{pool_.get(), &clock_, use.port_index};
    if (use.receive)
      use.port->attach_rx(use.queue, context);
    else
      use.port->attach_tx(use.queue, context);
  }
  for (PollPoint& poll : polls_)
    if (poll.node != nullptr) poll.node->needs_ = &poll.needs;
  for (Node& node : nodes_) node.element().prepare(node);
}

void Worker::enter_thread() noexcept {
  detail::current_activity = &activity_;
}

const Node* Worker::active_node() const noexcept {
  for (const Node& node : nodes_)
    if (node.name_ == activity_) return &node;
  return nullptr;
}

bool Worker::round(Phase phase) noexcept {
  clock_.refresh();
  stamping_ = rounds_++ == next_stamp_;
  if (stamping_) [[unlikely]]
    begin_stamps();
  const std::uint64_t start = last_stamp_;
  polled_now_ = 0;
  bool moved = !timers_.empty() && run_timers();
  moved |= poll_all(phase);
  if (phase >= Phase::flushing) moved |= flush_elements(phase);
  if (moved) {
    run_inlets();
    ++useful_rounds_;
    if (stamping_) {
      cycles_ += tsc() - start;
      polled_ += polled_now_;
      ++stamped_useful_;
    }
  }
  if (rounds_ % kAskEvery == 0) ask_transmitters();
  pool_->send_home();
  publish(moved, phase);
  return moved;
}

void Worker::begin_stamps() noexcept {
  stamp_chance_ += 0x9e3779b9;  // 2^32 over the golden ratio: its multiples are spread evenly
  next_stamp_ = rounds_ + ((std::uint64_t{stamp_chance_} * kLongestStampDistance) >> 32);
  last_stamp_ = tsc();
}

void Worker::ask_transmitters() noexcept {
  for (const QueueUse& use : queues_)
    if (!use.receive) static_cast<void>(use.port->tx_room(use.queue));
}

bool Worker::run_timers() noexcept {
  bool due = false;
  for (const TimerUse& use : timers_) {
    if (use.timer->due() > clock_.now()) continue;
    use.timer->disarm();
    use.node->tick(*use.timer);
    due = true;
  }
  return due;
}

bool Worker::may_poll(PollPoint& poll) noexcept {
  if (poll.waits) {
    // A source that can wait waits for the reader of its lines as well.
    if (messages_.used() && messages_.room() < burst_) return false;
    for (const PollNeed& need : poll.needs)
      if (need.sink->room() < need.sink->reserved + need.packets) {
        need.sink->lacks_room(rounds_);
        return false;
      }
  }
  for (const PollNeed& need : poll.needs) need.sink->reserved += need.packets;
  return true;
}

bool Worker::poll_all(Phase phase) noexcept {
  for (Sink& sink : sinks_) sink.reserved = 0;
  bool moved = false;
  for (PollPoint& poll : polls_) {
    if (poll.source && phase >= Phase::draining) continue;
    if (poll.ring != nullptr && phase == Phase::discarding) {
      moved |= discard_ring(*poll.ring);
      continue;
    }
    if (!may_poll(poll)) continue;
    moved |= poll.ring != nullptr ? poll_ring(poll) : poll_node(*poll.node);
  }
  return moved;
}

bool Worker::poll_node(Node& node) noexcept {
  const std::uint64_t before = node.moved();
  const bool moved = node.poll();
  polled_now_ += node.moved() - before;
  return moved;
}

bool Worker::poll_ring(PollPoint& poll) noexcept {
  Inlet& inlet = *poll.inlet;
  if (inlet.pending->room() < poll.burst) inlet.node->process(inlet);
  const std::span<Packet*> places = inlet.pending->free_places().first(poll.burst);
  const std::uint32_t count = poll.ring->pop(places);
  if (count == 0) return false;
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
  polled_now_ += count;
  return true;
}

bool Worker::discard_ring(Ring& ring) noexcept {
  std::array<Packet*, kMaxBatch> packets;
  const std::uint32_t count = ring.pop(packets);
  ring.stopped += count;
  ring_received_ += count;
  pool_->free(std::span(packets).first(count));
  return count != 0;
}

void Worker::run_inlets() noexcept {
  for (Inlet& inlet : inlets_)
    if (!inlet.pending->empty()) inlet.node->process(inlet);
}

bool Worker::flush_elements(Phase phase) noexcept {
  bool moved = false;
  for (Node* node : holders_) {
    if (node->element().held() == 0) continue;
    node->discarding_ = phase == Phase::discarding;
    const std::uint64_t before = node->moved();
    node->flush();
    moved |= node->moved() != before;
  }
  return moved;
}

bool Worker::sources_done(Phase phase) const noexcept {
  return phase >= Phase::draining || std::all_of(polls_.begin(), polls_.end(), [](const PollPoint& poll) {
           return !poll.source || poll.node->element().exhausted();
         });
}

/// Tells the control thread what decides whether the run is over. A worker that was never quiet has nothing
/// to tell while it is busy, so the packet path does not pay for this.
void Worker::publish(bool moved, Phase phase) noexcept {
  const bool quiet = !moved && sources_done(phase);
  if (!quiet && !published_.quiet) return;
  WorkerStatus::View view{ring_received_, ring_sent_, 0, quiet};
  for (const Node* node : holders_) view.held += node->element().held();
  if (view == published_) return;
  status_.publish(view);
  published_ = view;
}

Nanoseconds Worker::next_due() const noexcept {
  Nanoseconds due = Timer::kNever;
  for (const TimerUse& use : timers_) due = std::min(due, use.timer->due());
  for (const PollPoint& poll : polls_)
    if (poll.node != nullptr && !poll.node->element().exhausted())
      due = std::min(due, poll.node->element().next_due());
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

void Worker::detach() noexcept {
  for (const QueueUse& use : queues_) {
    if (use.receive)
      use.port->detach_rx(use.queue);
    else
      use.port->detach_tx(use.queue);
  }
  pool_->send_home();
}

}  // namespace ixyflow
