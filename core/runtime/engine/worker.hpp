#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/runtime/engine/flow_steering.hpp"
#include "core/runtime/engine/node.hpp"
#include "core/runtime/engine/phase.hpp"
#include "core/runtime/engine/poll_point.hpp"
#include "core/runtime/engine/queue_use.hpp"
#include "core/runtime/engine/snapshot.hpp"
#include "core/runtime/engine/worker_context.hpp"

namespace ixyflow {

/// One core at work: its elements in topological order, its pools, its clock. `round` is the whole life of
/// it; who calls it (a pinned thread, or a test that steps) is not its business.
class Worker {
 public:
  Worker(std::string name, Clock::Kind clock, std::uint32_t burst, TraceNumbers& trace);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Assembly, by the control thread.
  void add_pool(std::unique_ptr<Mempool> pool) {
    context_.pools.push_back(std::move(pool));
    context_.pool = context_.pools.front().get();
  }
  Node& add_node(const ElementNode& description, Element& element);
  Inlet& add_inlet(Node& node, PortIndex input);
  void add_poll(PollPoint poll) { polls_.push_back(std::move(poll)); }
  Sink& add_sink(Sink sink) { return sinks_.emplace_back(sink); }
  FlowSteering& add_steering(const std::vector<Route>& targets);
  void add_queue(QueueUse use) { queues_.push_back(use); }

  /// On the worker's thread: attaches the queues and prepares the elements.
  void prepare();
  /// Makes this thread's crash reports name the element that it runs.
  void enter_thread() noexcept;
  /// Lets `element`, one of its own, see that a live parameter has another value.
  void update(const Element& element) noexcept;
  /// Begins and ends the time that its busy share is a share of. Without, there is none.
  void begin() noexcept { began_ = tsc(); }
  void end() noexcept { ended_ = tsc(); }
  /// One round; true when a packet moved or a timer was due. `phase` is what the control thread wants.
  bool round(Phase phase) noexcept;
  /// Asks the transmit queues for their room, so that a port can finish what it has begun. By itself a worker
  /// does it now and then; who is about to sleep does it before.
  void ask_transmitters() noexcept;
  /// On the worker's thread, at the end: gives the queues' buffers back.
  void detach() noexcept;

  /// When something will happen by itself next, later than `after`: a timer or a paced source. For the
  /// simulated clock.
  [[nodiscard]] Nanoseconds next_due(Nanoseconds after = kAnyTime) const noexcept;
  static constexpr Nanoseconds kAnyTime = std::numeric_limits<Nanoseconds>::min();
  /// The least `longest_pause` of the ports that it receives from; 0: all can wait for ever.
  [[nodiscard]] Nanoseconds longest_pause() const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t pools() const noexcept { return context_.pools.size(); }
  [[nodiscard]] Mempool& pool(std::size_t index = 0) noexcept { return *context_.pools[index]; }
  [[nodiscard]] Clock& clock() noexcept { return context_.clock; }
  [[nodiscard]] Messages& messages() noexcept { return context_.messages; }
  [[nodiscard]] Trace& trace() noexcept { return context_.trace; }
  [[nodiscard]] WorkerStatus& status() noexcept { return status_; }
  [[nodiscard]] const std::deque<Node>& nodes() const noexcept { return nodes_; }
  /// The node whose element is at work, or null: for reports of crashes.
  [[nodiscard]] const Node* active_node() const noexcept;
  /// The name of that element, or null, for any thread: for reports of a worker that stands still.
  [[nodiscard]] const char* seen_activity() const noexcept { return context_.meter.seen_activity(); }
  [[nodiscard]] const std::vector<QueueUse>& queues() const noexcept { return queues_; }
  [[nodiscard]] const std::deque<Sink>& sinks() const noexcept { return sinks_; }

  /// What of its statistics it knows by itself (those of rings and ports are others'): before anything was
  /// counted, and a copy, which allocates nothing.
  [[nodiscard]] WorkerSnapshot blank_snapshot() const;
  void snapshot(WorkerSnapshot& into) const noexcept;

 private:
  [[nodiscard]] std::uint64_t elapsed() const noexcept {
    return began_ == 0 ? 0 : (ended_ != 0 ? ended_ : tsc()) - began_;
  }
  [[nodiscard]] bool may_poll(PollPoint& poll) noexcept;
  bool poll_all(Phase phase) noexcept;
  bool poll_one(PollPoint& poll, Phase phase) noexcept;
  std::uint64_t poll_ring(PollPoint& poll) noexcept;
  bool discard_ring(Ring& ring) noexcept;
  bool run_timers() noexcept;
  void run_inlets() noexcept;
  bool flush_elements(Phase phase) noexcept;
  [[nodiscard]] bool something_comes_later() const noexcept;
  [[nodiscard]] bool sources_done(Phase phase) const noexcept;
  void publish(bool moved, Phase phase) noexcept;

  std::string name_;
  std::uint32_t burst_;
  WorkerContext context_;
  std::deque<Node> nodes_;    ///< in topological order
  std::deque<Inlet> inlets_;  ///< in the order of their nodes
  std::deque<Sink> sinks_;
  std::deque<FlowSteering> steerings_;
  std::vector<PollPoint> polls_;
  std::vector<QueueUse> queues_;
  struct TimerUse {
    Timer* timer = nullptr;
    Node* node = nullptr;
  };
  std::vector<TimerUse> timers_;
  std::vector<Node*> holders_;  ///< elements that can hold packets
  std::size_t turn_ = 0;        ///< the poll that comes first in a round
  bool someone_waits_ = false;  ///< for room

  std::uint64_t polled_now_ = 0;  ///< packets polled in this round
  WorkerCounts counts_;
  std::uint64_t began_ = 0;  ///< ticks
  std::uint64_t ended_ = 0;
  std::uint64_t ring_received_ = 0;  ///< packets taken from rings
  WorkerStatus status_;
  WorkerStatus::View published_;
};

}  // namespace ixyflow
