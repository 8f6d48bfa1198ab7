#pragma once

#include <cstdint>
#include <vector>

#include "core/runtime/engine/ring.hpp"
#include "core/runtime/engine/route.hpp"
#include "core/runtime/engine/sink.hpp"

namespace ixyflow {

/// A source of work: an element that polls, or a ring that comes in.
struct PollPoint {
  Node* node = nullptr;  ///< or
  Ring* ring = nullptr;
  Inlet* inlet = nullptr;   ///< where the ring leads
  bool waits = true;        ///< gives way to back-pressure; false: comes when it likes, and is always polled
  bool source = false;      ///< brings packets from outside
  std::uint32_t burst = 1;  ///< packets that are fetched at once
  std::vector<PollNeed> needs;

  /// Back-pressure: the sink that has too little room for what a poll may send there, beside what was polled
  /// in this round already; null when there is none, or when it does not wait.
  [[nodiscard]] Sink* held_up_by() const noexcept {
    if (!waits) return nullptr;
    for (const PollNeed& need : needs)
      if (need.sink->room() < need.sink->reserved + need.packets) return need.sink;
    return nullptr;
  }
  /// So many were fetched, and are under way to the sinks. Who fetched nothing keeps nobody from them.
  void reserve(std::uint64_t count) const noexcept {
    for (const PollNeed& need : needs) need.sink->reserved += count * need.factor;
  }
};

}  // namespace ixyflow
