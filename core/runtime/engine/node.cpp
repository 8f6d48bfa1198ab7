#include "core/runtime/engine/node.hpp"

#include <algorithm>
#include <limits>

#include "core/element/spec.hpp"
#include "core/packet/checks.hpp"
#include "core/runtime/engine/flow_steering.hpp"
#include "core/runtime/engine/worker.hpp"

namespace ixyflow {

Node::Node(const ElementNode& description, Element& element, Worker& worker, std::uint32_t burst)
    : description_(description),
      element_(element),
      worker_(worker),
      name_(description.name.c_str()),
      keeps_length_(description.spec->keeps_length),
      current_(worker.new_batch()),
      given_(worker.new_batch()) {
  for (PortIndex i = 0; i < description.outputs; ++i) used_exits_.push_back(i);
  for (const ExitSpec& exit : description.spec->exits)
    if (exit.kind != ExitKind::output) used_exits_.push_back(exit.index);
  const std::size_t places =
      used_exits_.empty() ? 0 : *std::max_element(used_exits_.begin(), used_exits_.end()) + 1U;
  exit_table_.resize(places);
  routes_.resize(places);
  for (const PortIndex exit : used_exits_) exit_table_[exit].staged = worker.new_batch();
  exits_ = exit_table_.data();
  clock_ = &worker.clock();
  burst_ = burst;
  output_count_ = description.outputs;
}

void Node::process(Inlet& inlet) noexcept {
  ++batches_;
  Worker::Charge charge(worker_, *this, inlet.pending->size());
  if (worker_.trace_.active() && std::any_of(inlet.pending->begin(), inlet.pending->end(),
                                             [](const Packet* packet) { return packet->trace != 0; }))
      [[unlikely]]
    run_traced(inlet);
  else
    run(inlet);
}

void Node::run(Inlet& inlet) noexcept {
  std::swap(current_, inlet.pending);
  in_ += current_->size();
  element().process(inlet.input, *current_, *this);
  end_call();
}

/// One packet at a time, so that each one's way through the element can be told: by contract a batch of one
/// does the same as a batch of many.
void Node::run_traced(Inlet& inlet) noexcept {
  Batch whole = *inlet.pending;
  inlet.pending->clear();
  inlet.pending->bytes = 0;
  for (Packet* packet : whole) {
    current_->push(packet);
    current_->bytes = packet->length();
    ++in_;
    if (packet->trace != 0) worker_.trace_.enter(*this, *packet);
    element().process(inlet.input, *current_, *this);
    end_call();
    worker_.trace_.settle(*this, now());
  }
}

bool Node::poll() noexcept {
  const std::uint64_t before = moved();
  const std::uint64_t cycles = cycles_;
  std::uint64_t count = 0;
  {
    Worker::Charge charge(worker_, *this, 0);
    element().poll(*this);
    end_call();
    count = moved() - before;
    charge.add_packets(count);
  }
  if (count != 0) {
    ++batches_;
    return true;
  }
  // Looking without finding anything is no packet's cost: a slow source would seem to be an expensive one.
  cycles_ = cycles;
  return false;
}

void Node::tick(Timer& timer) noexcept {
  Worker::Charge charge(worker_, *this, 0);
  element().tick(timer, *this);
  end_call();
}

void Node::flush() noexcept {
  Worker::Charge charge(worker_, *this, 0);
  element().flush(*this);
  end_call();
}

std::uint64_t Node::moved() const noexcept {
  std::uint64_t sum = stopped_;
  for (const PortIndex exit : used_exits_) sum += exit_table_[exit].packets;
  return sum;
}

/// Whatever was pushed goes its way; the batch that was worked on is empty again, whoever emptied it.
void Node::end_call() noexcept {
  if (pushed_) {
    pushed_ = false;
    for (const PortIndex exit : used_exits_)
      if (!exit_table_[exit].staged->empty()) deliver(exit);
  }
  current_->clear();
  given_->clear();
  if constexpr (kChecks) check_conservation();
}

void Node::check_conservation() noexcept {
  if (in_ + received_ + created_ != moved() + element().held())
    detail::check_failed("packets that came in neither left, nor are they held: one was lost or left twice");
}

void Node::forward(PortIndex exit, Batch& batch) noexcept {
  if (batch.empty()) return;
  if (pushed_ && !exits_[exit].staged->empty()) deliver(exit);
  if (&batch == current_) {
    if (!keeps_length_) {
      batch.bytes = batch.sum_lengths();
    } else if constexpr (kChecks) {
      if (batch.bytes != batch.sum_lengths())
        detail::check_failed("it promised to keep lengths and changed one");
    }
    hand_over(exit, current_);
  } else if (&batch == given_) {
    batch.bytes = batch.sum_lengths();
    hand_over(exit, given_);
  } else {
    // A batch of the element's own cannot change hands; its packets can.
    for (Packet* packet : batch) push(exit, packet);
    batch.clear();
    deliver(exit);
  }
}

void Node::split(Batch& batch, const PortIndex* exits) noexcept {
  std::uint32_t i = 0;
  for (Packet* packet : batch) push(exits[i++], packet);
  batch.clear();
}

void Node::deliver(PortIndex exit) noexcept {
  Batch*& staged = exits_[exit].staged;
  staged->bytes = staged->sum_lengths();
  hand_over(exit, staged);
}

/// `batch` holds packets and knows their bytes; it is empty afterwards, or another one that is.
void Node::hand_over(PortIndex exit, Batch*& batch) noexcept {
  if (discarding_) [[unlikely]] {
    stopped_ += batch->size();
    return discard(*batch);
  }
  exits_[exit].packets += batch->size();
  exits_[exit].bytes += batch->bytes;
  if (worker_.trace_.active()) [[unlikely]] {
    if (description_.spec->source()) worker_.trace_.number(batch->packets());
    for (const Packet* packet : *batch)
      if (packet->trace != 0) worker_.trace_.leave(*this, exit, *packet, now());
  }
  go(routes_[exit], batch);
}

void Node::go(const Route& route, Batch*& batch) noexcept {
  switch (route.kind) {
    case Route::Kind::inlet:
      return to_inlet(*route.inlet, batch);
    case Route::Kind::ring:
      return to_ring(*route.ring, *batch);
    case Route::Kind::spread:
      return to_spread(*route.spread, *batch);
    case Route::Kind::drop:
      return discard(*batch);
  }
}

void Node::to_spread(FlowSpread& spread, Batch& batch) noexcept {
  for (Packet* packet : batch) {
    Batch& staged = *spread.targets[spread.target_of(*packet)].staged;
    staged.push(packet);
    staged.bytes += packet->length();
  }
  batch.clear();
  for (FlowSpread::Target& target : spread.targets) {
    if (target.staged->empty()) continue;
    go(target.route, target.staged);
    target.staged->bytes = 0;
  }
}

void Node::to_inlet(Inlet& inlet, Batch*& batch) noexcept {
  if (!inlet.pending->empty()) {
    if (inlet.pending->room() >= batch->size()) {
      for (Packet* packet : *batch) inlet.pending->push(packet);
      inlet.pending->bytes += batch->bytes;
      batch->clear();
      return;
    }
    // Full: its element has an additional turn. It stands behind this one in the order, so nothing runs twice
    // at once.
    inlet.node->process(inlet);
  }
  std::swap(inlet.pending, batch);
}

void Node::to_ring(Ring& ring, Batch& batch) noexcept {
  const std::uint32_t count = ring.push(batch.packets());
  ring.pushed += count;
  worker_.ring_sent_ += count;
  std::uint64_t bytes = batch.bytes;
  if (count < batch.size()) {
    const auto rest = batch.packets().subspan(count);
    for (const Packet* packet : rest) bytes -= packet->length();
    ring.dropped += rest.size();
    ++ring.full_events;
    worker_.pool().free(rest);
  }
  ring.pushed_bytes += bytes;
  batch.clear();
}

void Node::discard(Batch& batch) noexcept {
  worker_.pool().free(batch.packets());
  batch.clear();
}

std::uint32_t Node::create(std::span<Packet*> packets) noexcept {
  if constexpr (kChecks) {
    if (!description_.spec->creates) detail::check_failed("it makes packets and did not declare that");
  }
  const std::uint32_t count = worker_.pool().allocate(packets);
  created_ += count;
  no_buffer_ += packets.size() - count;
  return count;
}

std::uint32_t Node::room(PortIndex output) const noexcept {
  std::uint64_t room = std::numeric_limits<std::uint32_t>::max();
  if (discarding_) return static_cast<std::uint32_t>(room);
  const auto at_most_ring = [&room](const Route& route) {
    if (route.kind == Route::Kind::ring && route.ring->full() == FullPolicy::wait)
      room = std::min<std::uint64_t>(room, route.ring->room());
  };
  const Route& route = routes_[output];
  at_most_ring(route);
  // All packets may be of one flow.
  if (route.kind == Route::Kind::spread)
    for (const FlowSpread::Target& target : route.spread->targets) at_most_ring(target.route);
  // What lies further behind on this worker: of n packets that leave here, n * packets / burst may arrive
  // there.
  if (route.kind != Route::Kind::ring && needs_ != nullptr)
    for (const PollNeed& need : *needs_) room = std::min(room, need.sink->room() * burst_ / need.packets);
  return static_cast<std::uint32_t>(room);
}

void Node::print(std::string_view line) noexcept {
  worker_.messages().write(line);
}

}  // namespace ixyflow
