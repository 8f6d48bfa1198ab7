#include "core/runtime/engine/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <stdexcept>

#include "core/element/spec.hpp"
#include "core/packet/checks.hpp"
#include "core/runtime/engine/flow_steering.hpp"
#include "core/runtime/engine/ring.hpp"

namespace ixyflow {

namespace {

Batch full_batch() noexcept {
  Batch batch;
  std::ranges::fill(batch.free_places(), nullptr);
  batch.added(kMaxBatch);
  return batch;
}

/// What is staged for an exit that does not exist: full, so that whoever stages a packet there comes to
/// `deliver`, which knows it. Never written again.
Batch no_exit = full_batch();

}  // namespace

Node::Node(const ElementNode& description, Element& element, WorkerContext& context, std::uint32_t burst)
    : description_(description),
      element_(element),
      context_(context),
      cost_{description.name.c_str()},
      keeps_length_(description.spec->keeps_length),
      watched_(description.spec->from_plugin || context.trace.active()),
      to_process_(context.new_batch()),
      to_fill_(context.new_batch()) {
  for (PortIndex i = 0; i < description.outputs; ++i) used_exits_.push_back(i);
  for (const ExitSpec& exit : description.spec->exits)
    if (exit.kind != ExitKind::output) used_exits_.push_back(exit.index);
  const std::size_t places =
      used_exits_.empty() ? 0 : *std::max_element(used_exits_.begin(), used_exits_.end()) + 1U;
  exit_table_.resize(kMaxExits);
  for (Exit& exit : exit_table_) exit.staged = &no_exit;
  routes_.resize(places);
  for (const PortIndex exit : used_exits_) exit_table_[exit].staged = context.new_batch();
  for (const PortUseSpec& use : description.spec->ports) receives_ |= use.use == PortUse::receive;
  exits_ = exit_table_.data();
  clock_ = &context.clock;
  burst_ = burst;
  output_count_ = description.outputs;
  pool_ = context.pool;
}

void Node::process(Inlet& inlet) noexcept {
  ++counts_.batches;
  const CycleMeter::Charge charge(context_.meter, cost_, inlet.pending->size());
  if (watched_) [[unlikely]]
    run_watched(inlet);
  else
    run(inlet);
}

/// What comes in from here on is in the hands of a plugin's element, until it leaves by an exit.
void Node::run_watched(Inlet& inlet) noexcept {
  if (description_.spec->from_plugin)
    for (Packet* packet : *inlet.pending) packet->set(PacketFlag::in_plugin);
  if (context_.trace.active() && std::any_of(inlet.pending->begin(), inlet.pending->end(),
                                             [](const Packet* packet) { return packet->trace != 0; }))
    run_traced(inlet);
  else
    run(inlet);
}

void Node::run(Inlet& inlet) noexcept {
  std::swap(to_process_, inlet.pending);
  counts_.in += to_process_->size();
  element().process(inlet.input, *to_process_, *this);
  end_call();
}

/// One packet at a time, so that each one's way through the element can be told: by contract a batch of one
/// does the same as a batch of many.
void Node::run_traced(Inlet& inlet) noexcept {
  Batch whole = *inlet.pending;
  inlet.pending->clear();
  inlet.pending->bytes = 0;
  for (Packet* packet : whole) {
    to_process_->push(packet);
    to_process_->bytes = packet->length();
    ++counts_.in;
    if (packet->trace != 0) context_.trace.enter(*packet, sent());
    element().process(inlet.input, *to_process_, *this);
    end_call();
    context_.trace.settle(description_, sent(), now());
  }
}

std::uint64_t Node::poll() noexcept {
  const std::uint64_t before = moved();
  const std::uint64_t cycles = cost_.cycles;
  const std::uint64_t shortages = pool_->shortages();
  std::uint64_t count = 0;
  {
    CycleMeter::Charge charge(context_.meter, cost_, 0);
    element().poll(*this);
    end_call();
    count = moved() - before;
    charge.add_packets(count);
  }
  // What a port could not fetch for want of buffers stays with it: no packet is lost by that here.
  // A port asks for a whole burst of buffers before it knows how many frames there are: only a pool that is
  // empty now held one back.
  if (pool_->shortages() != shortages && receives_) [[unlikely]]
    if (pool_->available() == 0) ++no_buffer_;
  // Looking without finding anything is no packet's cost: a slow source would seem to be an expensive one.
  if (count == 0)
    cost_.cycles = cycles;
  else
    ++counts_.batches;
  return count;
}

void Node::prepare() {
  const CycleMeter::Activity activity(context_.meter, name());
  const auto failed = [this](std::string_view text) {
    return std::runtime_error(fmt::format("element '{}' threw an exception: {}", description_.name, text));
  };
  try {
    element().prepare(*this);
  } catch (const std::exception& error) {
    throw failed(error.what());
  } catch (...) {
    throw failed("of unknown type");
  }
}

void Node::update() noexcept {
  const CycleMeter::Activity activity(context_.meter, name());
  element().update();
}

void Node::tick(Timer& timer) noexcept {
  const CycleMeter::Charge charge(context_.meter, cost_, 0);
  element().tick(timer, *this);
  end_call();
}

std::uint64_t Node::flush() noexcept {
  const std::uint64_t before = moved();
  const CycleMeter::Charge charge(context_.meter, cost_, 0);
  element().flush(*this);
  end_call();
  return moved() - before;
}

std::uint64_t Node::moved() const noexcept {
  std::uint64_t sum = counts_.stopped;
  for (const PortIndex exit : used_exits_) sum += exit_table_[exit].packets;
  return sum;
}

std::uint64_t Node::sent() const noexcept {
  std::uint64_t sum = 0;
  for (const ExitSpec& exit : description_.spec->exits)
    if (exit.kind == ExitKind::sent) sum += exit_table_[exit.index].packets;
  return sum;
}

/// Whatever was pushed goes its way; the batch that was worked on is empty again, whoever emptied it.
void Node::end_call() noexcept {
  if (pushed_) {
    pushed_ = false;
    for (const PortIndex exit : used_exits_)
      if (!exit_table_[exit].staged->empty()) deliver(exit);
  }
  to_process_->clear();
  to_fill_->clear();
  if constexpr (kChecks) check_conservation();
}

void Node::check_conservation() noexcept {
  if (created_ != 0 && !description_.spec->creates)
    detail::check_failed("it makes packets and did not declare that");
  if (counts_.in + counts_.received + created_ != moved() + element().held())
    detail::check_failed("packets that came in neither left, nor are they held: one was lost or left twice");
}

void Node::forward(PortIndex exit, Batch& batch) noexcept {
  if (batch.empty()) return;
  if (!exists(exit)) [[unlikely]]
    refuse(exit);
  if (pushed_ && !exits_[exit].staged->empty()) deliver(exit);
  switch (owner_of(batch)) {
    case Owner::runtime_to_process:
      if (!keeps_length_) {
        batch.bytes = batch.sum_lengths();
      } else if constexpr (kChecks) {
        if (batch.bytes != batch.sum_lengths())
          detail::check_failed("it promised to keep lengths and changed one");
      }
      return hand_over(exit, to_process_);
    case Owner::runtime_to_fill:
      batch.bytes = batch.sum_lengths();
      return hand_over(exit, to_fill_);
    case Owner::element:
      return forward_own(exit, batch);
  }
}

/// A batch of the element's own cannot change hands; its packets can.
void Node::forward_own(PortIndex exit, Batch& batch) noexcept {
  for (Packet* packet : batch) stage(exit, packet);
  batch.clear();
  deliver(exit);
}

void Node::split(Batch& batch, const PortIndex* exits) noexcept {
  // All are below a power of two when their OR is, which takes one instruction for eight of them.
  PortIndex bits = 0;
  for (std::uint32_t i = 0; i < batch.size(); ++i) bits |= exits[i];
  if (bits >= kMaxExits) [[unlikely]]
    refuse(*std::find_if(exits, exits + batch.size(), [](PortIndex exit) { return exit >= kMaxExits; }));
  std::uint32_t i = 0;
  for (Packet* packet : batch) stage(exits[i++], packet);
  batch.clear();
}

bool Node::exists(PortIndex exit) const noexcept {
  return exit < kMaxExits && exits_[exit].staged != &no_exit;
}

void Node::refuse(PortIndex exit) const noexcept {
  std::array<char, 160> text{};
  fmt::format_to_n(text.data(), text.size() - 1,
                   "it ({}) let a packet leave by exit {}, which it does not have", description_.spec->name,
                   exit);
  detail::check_failed(text.data());
}

void Node::deliver(PortIndex exit) noexcept {
  if (!exists(exit)) [[unlikely]]
    refuse(exit);
  Batch*& staged = exits_[exit].staged;
  staged->bytes = staged->sum_lengths();
  hand_over(exit, staged);
}

/// `batch` holds packets and knows their bytes; it is empty afterwards, or another one that is.
void Node::hand_over(PortIndex exit, Batch*& batch) noexcept {
  if (discarding_) [[unlikely]] {
    if (description_.spec->from_plugin) check_owned(*batch);
    counts_.stopped += batch->size();
    return discard(*batch);
  }
  exits_[exit].packets += batch->size();
  exits_[exit].bytes += batch->bytes;
  if (watched_) [[unlikely]]
    watch_exit(exit, *batch);
  go(routes_[exit], batch);
}

void Node::watch_exit(PortIndex exit, Batch& batch) noexcept {
  if (description_.spec->from_plugin) check_owned(batch);
  if (context_.trace.active()) trace_exit(exit, batch);
}

/// Ends the process when a plugin's element gives on what it does not have, or has no more: two owners of one
/// buffer would corrupt memory somewhere else, and later.
void Node::check_owned(Batch& batch) noexcept {
  for (Packet* packet : batch) {
    if (!packet->has(PacketFlag::in_plugin) && ++own_left_ > created_ + counts_.received)
      detail::check_failed(
          "it gave on a packet that it does not have: it gave it on before, or never had it");
    packet->clear(PacketFlag::in_plugin);
  }
}

void Node::trace_exit(PortIndex exit, const Batch& batch) noexcept {
  if (description_.spec->source()) context_.trace.number(batch.packets());
  const bool connected = routes_[exit].kind != Route::Kind::drop;
  for (const Packet* packet : batch)
    if (packet->trace != 0) context_.trace.leave(description_, exit, connected, *packet, now());
}

void Node::go(const Route& route, Batch*& batch) noexcept {
  switch (route.kind) {
    case Route::Kind::inlet:
      return to_inlet(*route.inlet, batch);
    case Route::Kind::ring:
      return to_ring(*route.ring, *batch);
    case Route::Kind::steering:
      return to_steering(*route.steering, *batch);
    case Route::Kind::drop:
      return discard(*batch);
  }
}

void Node::to_steering(FlowSteering& steering, Batch& batch) noexcept {
  for (Packet* packet : batch) {
    Batch& staged = *steering.targets[steering.target_of(*packet)].staged;
    staged.push(packet);
    staged.bytes += packet->length();
  }
  batch.clear();
  for (FlowSteering::Target& target : steering.targets) {
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
  ring.in.packets += count;
  context_.ring_sent += count;
  std::uint64_t bytes = batch.bytes;
  if (count < batch.size()) {
    const auto rest = batch.packets().subspan(count);
    for (const Packet* packet : rest) bytes -= packet->length();
    ring.in.dropped += rest.size();
    ++ring.in.full_events;
    context_.pool->free(rest);
  }
  ring.in.bytes += bytes;
  batch.clear();
}

void Node::discard(Batch& batch) noexcept {
  context_.pool->free(batch.packets());
  batch.clear();
}

std::uint32_t Node::room(PortIndex output) const noexcept {
  std::uint64_t room = std::numeric_limits<std::uint32_t>::max();
  if (discarding_) return static_cast<std::uint32_t>(room);
  const auto at_most_ring = [&room](const Route& route) {
    if (route.kind == Route::Kind::ring && route.ring->full() == FullPolicy::wait)
      room = std::min<std::uint64_t>(room, route.ring->room());
  };
  if (output >= output_count_) [[unlikely]]
    refuse(output);
  const Route& route = routes_[output];
  at_most_ring(route);
  // All packets may be of one flow.
  if (route.kind == Route::Kind::steering)
    for (const FlowSteering::Target& target : route.steering->targets) at_most_ring(target.route);
  // What lies further behind on this worker: of n packets that leave here, n * packets / burst may arrive
  // there.
  if (route.kind != Route::Kind::ring && needs_ != nullptr)
    for (const PollNeed& need : *needs_) room = std::min(room, need.sink->room() * burst_ / need.packets);
  return static_cast<std::uint32_t>(room);
}

void Node::print(std::string_view line) noexcept {
  context_.messages.write(line);
}

}  // namespace ixyflow
