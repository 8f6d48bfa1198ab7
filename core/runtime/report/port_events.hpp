#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/messages/event.hpp"
#include "core/base/steady_clock.hpp"
#include "core/base/token_bucket.hpp"

namespace ixyflow {

/// What one port tells the operator, in bounded numbers: whoever is behind it may have it say the same over
/// and over, and others are to be heard as well. Each kind of message has a token bucket; messages that find
/// none are counted, and the next one that passes says how many there were. Control thread only.
class PortEvents {
 public:
  /// `name` goes in front of each sentence. `event` outlives this, and may be empty.
  PortEvents(std::string name, const EventSink& event) : name_(std::move(name)), event_(&event) {}

  void tell(EventKind kind, std::string_view text, SteadyClock::time_point now);
  /// Tells of what was left out, where there is a token again. To be called every few milliseconds.
  void look(SteadyClock::time_point now);
  /// Tells of all that was left out: nothing more comes.
  void tell_rest() noexcept;

 private:
  /// Messages that differ in nothing but numbers.
  struct Kind {
    std::string pattern;
    TokenBucket bucket;
    EventKind kind{};
    std::string last;  ///< that was left out
    std::uint64_t left_out = 0;
  };

  Kind& find(std::string_view text);
  void pass(EventKind kind, std::string_view text) const;
  void pass_left_out(Kind& kind) const;

  std::string name_;
  const EventSink* event_;
  std::vector<Kind> kinds_;
};

}  // namespace ixyflow
