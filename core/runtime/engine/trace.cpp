#include "core/runtime/engine/trace.hpp"

#include <algorithm>

#include "core/runtime/engine/node.hpp"

namespace ixyflow {

namespace {

std::vector<std::uint8_t> bytes(const Packet& packet) {
  return {packet.data(), packet.data() + packet.length()};
}

}  // namespace

void Trace::number(std::span<Packet* const> packets) noexcept {
  for (Packet* packet : packets) {
    if (numbers_.next.load(std::memory_order_relaxed) >= numbers_.limit) return;
    const std::uint32_t number = numbers_.next.fetch_add(1, std::memory_order_relaxed) + 1;
    if (number > numbers_.limit) return;
    packet->trace = static_cast<std::uint16_t>(number);
  }
}

void Trace::enter(const Node& node, const Packet& packet) {
  before_ = bytes(packet);
  inside_ = packet.trace;
  sent_before_ = count_sent(node);
}

void Trace::leave(const Node& node, PortIndex exit, const Packet& packet, Nanoseconds now) {
  const ElementNode& description = node.description();
  TraceStep step;
  step.packet = packet.trace;
  step.element = description.name;
  step.time = now;
  step.after = bytes(packet);
  if (inside_ == packet.trace) step.before = before_;
  if (exit < description.outputs) {
    step.exit = description.output_names[exit];
    // An output that leads nowhere is a drop of that name.
    step.kind = node.route(exit).kind == Route::Kind::drop ? ExitKind::fault : ExitKind::output;
  } else {
    const auto& exits = description.spec->exits;
    const auto found =
        std::find_if(exits.begin(), exits.end(), [exit](const ExitSpec& spec) { return spec.index == exit; });
    step.exit = found->name;
    step.kind = found->kind;
  }
  inside_ = 0;
  add(std::move(step));
}

void Trace::settle(const Node& node, Nanoseconds now) {
  if (inside_ == 0) return;
  TraceStep step;
  step.packet = inside_;
  step.element = node.description().name;
  step.time = now;
  step.before = before_;
  step.after = before_;
  const bool sent = count_sent(node) != sent_before_;
  step.exit = sent ? "sent" : "held";
  step.kind = sent ? ExitKind::sent : ExitKind::consumed;
  inside_ = 0;
  add(std::move(step));
}

void Trace::add(TraceStep step) {
  steps_.push_back({numbers_.order.fetch_add(1, std::memory_order_relaxed), std::move(step)});
}

std::uint64_t Trace::count_sent(const Node& node) noexcept {
  std::uint64_t sent = 0;
  for (const ExitSpec& exit : node.description().spec->exits)
    if (exit.kind == ExitKind::sent) sent += node.exit(exit.index).packets;
  return sent;
}

}  // namespace ixyflow
