#include "core/runtime/report/port_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ixyflow {

namespace {

/// Of one kind: what an operator can follow, and what happens at a start or when many links go at once.
constexpr Rate kMessageRate{0.5};
constexpr std::uint64_t kMessageBurst = 10;
/// Whoever finds ever new words shares the last bucket with all others.
constexpr std::size_t kMostKinds = 32;

Nanoseconds nanoseconds(SteadyClock::time_point time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

/// The text without its numbers.
std::string pattern_of(std::string_view text) {
  std::string pattern;
  for (const char c : text)
    if (c < '0' || c > '9') pattern += c;
  return pattern;
}

}  // namespace

PortEvents::Kind& PortEvents::find(std::string_view text) {
  std::string pattern = pattern_of(text);
  const auto known = std::ranges::find(kinds_, pattern, &Kind::pattern);
  if (known != kinds_.end()) return *known;
  if (kinds_.size() == kMostKinds) return kinds_.back();
  return kinds_.emplace_back(Kind{.pattern = std::move(pattern), .bucket = {kMessageRate, kMessageBurst}});
}

void PortEvents::tell(EventKind kind, std::string_view text, SteadyClock::time_point now) {
  if (!*event_) return;
  Kind& known = find(text);
  if (known.left_out == 0 && known.bucket.take(1, nanoseconds(now))) return pass(kind, text);
  known.kind = kind;
  known.last = text;
  ++known.left_out;
}

void PortEvents::look(SteadyClock::time_point now) {
  for (Kind& kind : kinds_)
    if (kind.left_out > 0 && kind.bucket.take(1, nanoseconds(now))) pass_left_out(kind);
}

void PortEvents::tell_rest() noexcept {
  for (Kind& kind : kinds_)
    if (kind.left_out > 0) pass_left_out(kind);
}

void PortEvents::pass(EventKind kind, std::string_view text) const {
  (*event_)(kind, fmt::format("{}: {}", name_, text));
}

void PortEvents::pass_left_out(Kind& kind) const {
  const std::uint64_t more = std::exchange(kind.left_out, 0) - 1;
  pass(kind.kind, more == 0 ? kind.last : fmt::format("{} ({} more of this kind)", kind.last, more));
}

}  // namespace ixyflow
