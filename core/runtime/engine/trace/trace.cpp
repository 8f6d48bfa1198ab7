#include "core/runtime/engine/trace/trace.hpp"

#include <utility>

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

void Trace::enter(const Packet& packet, std::uint64_t sent) {
  before_ = bytes(packet);
  inside_ = packet.trace;
  sent_before_ = sent;
}

void Trace::leave(const ElementNode& element, PortIndex exit, bool connected, const Packet& packet,
                  Nanoseconds now) {
  TraceStep step;
  step.packet = packet.trace;
  step.element = element.name;
  step.time = now;
  step.after = bytes(packet);
  if (inside_ == packet.trace) step.before = before_;
  if (exit < element.outputs) {
    step.exit = element.output_names[exit];
    // An output that leads nowhere is a drop of that name.
    step.kind = connected ? ExitKind::output : ExitKind::fault;
  } else {
    const ExitSpec& spec = element.spec->exit(exit);
    step.exit = spec.name;
    step.kind = spec.kind;
  }
  inside_ = 0;
  add(std::move(step));
}

void Trace::settle(const ElementNode& element, std::uint64_t sent, Nanoseconds now) {
  if (inside_ == 0) return;
  TraceStep step;
  step.packet = inside_;
  step.element = element.name;
  step.time = now;
  step.before = before_;
  step.after = before_;
  const bool was_sent = sent != sent_before_;
  step.exit = was_sent ? "sent" : "held";
  step.kind = was_sent ? ExitKind::sent : ExitKind::consumed;
  inside_ = 0;
  add(std::move(step));
}

void Trace::add(TraceStep step) {
  steps_.push_back({numbers_.order.fetch_add(1, std::memory_order_relaxed), std::move(step)});
}

}  // namespace ixyflow
