#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/device/port.hpp"
#include "core/packet/mempool.hpp"
#include "core/runtime/engine/flow_steering.hpp"
#include "core/runtime/engine/messages.hpp"
#include "core/runtime/engine/node.hpp"
#include "core/runtime/engine/phase.hpp"
#include "core/runtime/engine/ring.hpp"
#include "core/runtime/engine/trace.hpp"

namespace ixyflow {

/// What must have room before a source is polled: a ring that waits, or a transmit queue. Shared by all
/// sources of the worker that reach it.
struct Sink {
  Ring* ring = nullptr;
  Port* port = nullptr;
  std::uint16_t queue = 0;
  std::uint16_t port_index = 0;
  std::uint64_t reserved = 0;  ///< by what was polled in this round already
  std::uint64_t waits = 0;     ///< rounds in which a source was not polled because of it
  std::uint64_t last_wait = 0;

  [[nodiscard]] std::uint64_t room() noexcept {
    return ring != nullptr ? ring->room() : port->tx_room(queue);
  }
  /// Notes that it has too little room in this round, whose number starts from 1.
  void lacks_room(std::uint64_t round) noexcept;
};

struct PollNeed {
  Sink* sink = nullptr;
  std::uint64_t packets = 0;  ///< what is fetched at once times what the way there may make of it
};

/// A source of work: an element that polls, or a ring that comes in.
struct PollPoint {
  Node* node = nullptr;  ///< or
  Ring* ring = nullptr;
  Inlet* inlet = nullptr;  ///< where the ring leads
  bool waits = true;
  bool source = false;      ///< brings packets from outside
  std::uint32_t burst = 1;  ///< packets that are fetched at once
  std::vector<PollNeed> needs;
};

/// A queue of a port that this worker serves.
struct QueueUse {
  Port* port = nullptr;
  std::uint16_t queue = 0;
  std::uint16_t port_index = 0;
  bool receive = false;
};

/// One core at work: its elements in topological order, its pool, its clock. `round` is the whole life of it;
/// who calls it (a pinned thread, or a test that steps) is not its business.
class Worker {
 public:
  Worker(std::string name, Clock::Kind clock, std::uint32_t burst, TraceNumbers& trace);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Assembly, by the control thread.
  void set_pool(std::unique_ptr<Mempool> pool) { pool_ = std::move(pool); }
  Node& add_node(const ElementNode& description, Element& element);
  Inlet& add_inlet(Node& node, PortIndex input);
  void add_poll(PollPoint poll) { polls_.push_back(std::move(poll)); }
  Sink& add_sink(Sink sink) { return sinks_.emplace_back(sink); }
  FlowSpread& add_spread(const std::vector<Route>& targets);
  void add_queue(QueueUse use) { queues_.push_back(use); }
  [[nodiscard]] Batch* new_batch();

  /// On the worker's thread: attaches the queues and prepares the elements.
  void prepare();
  /// Makes this thread's crash reports name the element that it runs.
  void enter_thread() noexcept;
  /// Begins and ends the time that its busy share is a share of. Without, there is none.
  void begin() noexcept { began_ = tsc(); }
  void end() noexcept { ended_ = tsc(); }
  /// One round; true when a packet moved. `phase` is what the control thread wants.
  bool round(Phase phase) noexcept;
  /// Asks the transmit queues for their room, so that a port can finish what it has begun. By itself a worker
  /// does it now and then; who is about to sleep does it before.
  void ask_transmitters() noexcept;
  /// On the worker's thread, at the end: gives the queues' buffers back.
  void detach() noexcept;

  /// When something will happen by itself next: a timer or a paced source. For the simulated clock.
  [[nodiscard]] Nanoseconds next_due() const noexcept;
  /// The least `longest_pause` of the ports that it receives from; 0: all can wait for ever.
  [[nodiscard]] Nanoseconds longest_pause() const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Mempool& pool() noexcept { return *pool_; }
  [[nodiscard]] Clock& clock() noexcept { return clock_; }
  [[nodiscard]] Messages& messages() noexcept { return messages_; }
  [[nodiscard]] Trace& trace() noexcept { return trace_; }
  [[nodiscard]] WorkerStatus& status() noexcept { return status_; }
  [[nodiscard]] const std::deque<Node>& nodes() const noexcept { return nodes_; }
  /// The node whose element is at work, or null: for reports of crashes.
  [[nodiscard]] const Node* active_node() const noexcept;
  [[nodiscard]] const std::vector<QueueUse>& queues() const noexcept { return queues_; }
  [[nodiscard]] const std::deque<Sink>& sinks() const noexcept { return sinks_; }

  template <class Visitor>
  void visit(Visitor&& visit) const {
    for (const std::uint64_t number : {rounds_, useful_rounds_, polled_, cycles_, stamped_useful_, elapsed()})
      visit(number);
    for (const Sink& sink : sinks_) visit(sink.waits);
    for (const Node& node : nodes_) node.visit(visit);
  }

 private:
  friend class Node;

  /// Sets the worker's activity and, in stamped rounds, charges the cycles between construction and
  /// destruction to a node, without those of the nodes that run inside.
  class Charge {
   public:
    Charge(Worker& worker, Node& node, std::uint64_t packets) noexcept
        : worker_(worker), node_(node), outer_activity_(worker.activity_), outer_cycles_(worker.charged_) {
      worker.activity_ = node.name_;
      if (!worker.stamping_) return;
      worker.stamp();
      worker.charged_ = &node.cycles_;
      node.stamped_ += packets;
    }
    ~Charge() {
      worker_.activity_ = outer_activity_;
      if (!worker_.stamping_) return;
      worker_.stamp();
      worker_.charged_ = outer_cycles_;
    }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;
    /// For sources, who know only afterwards.
    void add_packets(std::uint64_t packets) noexcept {
      if (worker_.stamping_) node_.stamped_ += packets;
    }

   private:
    Worker& worker_;
    Node& node_;
    const char* outer_activity_;
    std::uint64_t* outer_cycles_;
  };

  [[nodiscard]] std::uint64_t elapsed() const noexcept {
    return began_ == 0 ? 0 : (ended_ != 0 ? ended_ : tsc()) - began_;
  }
  /// Of a stamped round; chooses the next one.
  void begin_stamps() noexcept;
  [[nodiscard]] bool may_poll(PollPoint& poll) noexcept;
  bool poll_all(Phase phase) noexcept;
  bool poll_node(Node& node) noexcept;
  bool poll_ring(PollPoint& poll) noexcept;
  bool discard_ring(Ring& ring) noexcept;
  bool run_timers() noexcept;
  void run_inlets() noexcept;
  bool flush_elements(Phase phase) noexcept;
  [[nodiscard]] bool sources_done(Phase phase) const noexcept;
  void publish(bool moved, Phase phase) noexcept;
  /// Charges the time since the last stamp to whoever it is charged to now.
  void stamp() noexcept {
    const std::uint64_t now = tsc();
    *charged_ += now - last_stamp_;
    last_stamp_ = now;
  }

  std::string name_;
  Clock clock_;
  std::uint32_t burst_;
  Trace trace_;
  Messages messages_;
  std::unique_ptr<Mempool> pool_;
  std::deque<Batch> arena_;
  std::deque<Node> nodes_;    ///< in topological order
  std::deque<Inlet> inlets_;  ///< in the order of their nodes
  std::deque<Sink> sinks_;
  std::deque<FlowSpread> spreads_;
  std::vector<PollPoint> polls_;
  std::vector<QueueUse> queues_;
  struct TimerUse {
    Timer* timer = nullptr;
    Node* node = nullptr;
  };
  std::vector<TimerUse> timers_;
  std::vector<Node*> holders_;  ///< elements that can hold packets

  const char* activity_ = "no element";
  bool stamping_ = false;
  std::uint64_t last_stamp_ = 0;
  std::uint64_t between_ = 0;  ///< cycles of stamped rounds that no element spent
  std::uint64_t* charged_ = &between_;
  std::uint64_t polled_now_ = 0;  ///< packets polled in this round
  std::uint64_t rounds_ = 0;
  std::uint64_t next_stamp_ = 0;  ///< round that is stamped next
  std::uint32_t stamp_chance_ = 0;
  std::uint64_t useful_rounds_ = 0;
  std::uint64_t stamped_useful_ = 0;  ///< stamped useful rounds
  std::uint64_t polled_ = 0;          ///< packets polled in stamped useful rounds
  std::uint64_t cycles_ = 0;          ///< of stamped useful rounds
  std::uint64_t began_ = 0;           ///< ticks
  std::uint64_t ended_ = 0;
  std::uint64_t ring_received_ = 0;
  std::uint64_t ring_sent_ = 0;
  WorkerStatus status_;
  WorkerStatus::View published_;
};

}  // namespace ixyflow
