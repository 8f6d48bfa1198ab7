#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/base/clock.hpp"
#include "core/packet/batch.hpp"
#include "core/packet/mempool.hpp"
#include "core/runtime/engine/cycle_meter.hpp"
#include "core/runtime/engine/messages.hpp"
#include "core/runtime/engine/trace/trace.hpp"

namespace ixyflow {

/// What the nodes of one worker share with each other and with it. The worker owns it; touched on its thread
/// only, but for what says otherwise.
struct WorkerContext {
  WorkerContext(Clock::Kind kind, TraceNumbers& numbers) : clock(kind), trace(numbers) {}

  /// An empty batch that lives as long as the worker.
  [[nodiscard]] Batch* new_batch() { return &arena.emplace_back(); }

  Clock clock;
  CycleMeter meter;
  Trace trace;
  Messages messages;
  std::vector<std::unique_ptr<Mempool>> pools;  ///< by domain
  Mempool* pool = nullptr;                      ///< the first of them, by which all packets are freed
  std::deque<Batch> arena;                      ///< all batches that change hands here
  std::uint64_t ring_sent = 0;                  ///< packets put into rings
};

}  // namespace ixyflow
