#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/units.hpp"
#include "core/element/spec.hpp"

/// What a run did, as plain data: a snapshot while it works, the summary at its end. Everything that is shown
/// or written as JSON comes from here.
namespace ixyflow {

struct ExitReport {
  std::string name;                  ///< of the output or drop; "out", "ring_full"
  ExitKind kind = ExitKind::output;  ///< `fault` as well for an output that is not connected
  std::string to;                    ///< "rewrite", "switch[1]" for an edge; empty for everything else
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

struct CounterReport {
  std::string name;
  std::uint64_t value = 0;
};

struct ElementReport {
  std::string name;
  std::string type;
  std::string core;            ///< name of the worker; of replicated elements that of the core
  int cpu = 0;                 ///< of the first copy
  std::uint64_t in = 0;        ///< packets that arrived over edges
  std::uint64_t received = 0;  ///< from a port
  std::uint64_t created = 0;
  std::uint64_t held = 0;
  std::uint64_t batches = 0;     ///< calls with at least one packet
  double cycles_per_packet = 0;  ///< TSC cycles, from one round in 16
  double packets_per_batch = 0;
  /// How often its core's pool lacked buffers: packets that could not be created, and, of an element that
  /// receives, polls that found too few buffers for what the port may have. No packet is lost by the latter
  /// here: it stays in the port, which counts what it loses then itself.
  std::uint64_t no_buffer = 0;
  /// Of an element that holds packets, 0..1: share of the time of its core (of several copies the one with
  /// the largest) in which that did nothing but wait for room in it.
  double waited_for = 0;
  std::vector<ExitReport> exits;
  std::vector<CounterReport> counters;
  /// Of an element on a core with a count: each copy by itself; the numbers above are their sums.
  std::vector<ElementReport> copies;
};

struct RingReport {
  std::string edge;  ///< "count -> rewrite"
  std::string from;  ///< worker that fills it
  std::string to;    ///< worker that empties it
  std::uint32_t length = 0;
  std::string full;  ///< "wait" or "drop"
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;  ///< ring_full
  std::uint64_t stopped = 0;  ///< dropped because the run was stopped and did not drain in time
  std::uint64_t held = 0;
  std::uint64_t full_events = 0;  ///< times that it became too full for the next burst
  double average = 0;             ///< packets in it when its consumer looked and found some
  std::uint64_t peak = 0;         ///< the most that its consumer found in it
  double waited_for = 0;  ///< 0..1: share of its producer's time that was nothing but waiting for room
};

struct PortReport {
  std::string name;
  std::string driver;
  std::uint64_t received = 0;  ///< handed to elements
  std::uint64_t received_bytes = 0;
  std::uint64_t transmitted = 0;  ///< taken from elements
  std::uint64_t transmitted_bytes = 0;
  std::uint64_t no_buffer = 0;  ///< polls of its receive queues that found too few buffers
  std::vector<CounterReport> receive_drops;
  std::vector<CounterReport> transmit_drops;
  std::vector<CounterReport> counters;
  /// 0..1: share of the time of a core (the one with the largest) in which it did nothing but wait for room
  /// in a transmit queue.
  double waited_for = 0;
  std::string error;  ///< why not everything was read or written; empty: nothing went wrong
};

struct ResourceReport {
  std::string name;
  std::string type;
  std::vector<CounterReport> counters;
};

struct WorkerReport {
  std::string name;
  int cpu = 0;
  std::uint64_t rounds = 0;
  std::uint64_t useful_rounds = 0;  ///< that moved a packet
  std::uint32_t buffers = 0;
  std::uint32_t buffers_free = 0;  ///< at the end all of them
  double cycles_per_packet = 0;    ///< of its useful rounds, over the packets that it polled
  double packets_per_round = 0;    ///< polled in a useful round
  double busy = 0;                 ///< 0..1: share of its time in useful rounds
  bool stale = false;              ///< did not answer the request for a snapshot, or to end
};

/// received + created = sent + consumed + dropped + held.
struct Ledger {
  std::uint64_t received = 0;
  std::uint64_t created = 0;
  std::uint64_t sent = 0;
  std::uint64_t consumed = 0;
  std::uint64_t dropped = 0;
  std::uint64_t held = 0;
  [[nodiscard]] bool balanced() const noexcept {
    return received + created == sent + consumed + dropped + held;
  }
};

struct RunReport {
  std::string pipeline;
  double seconds = 0;
  std::vector<ElementReport> elements;
  std::vector<RingReport> rings;
  std::vector<PortReport> ports;
  std::vector<ResourceReport> resources;
  std::vector<WorkerReport> workers;
  Ledger ledger;
  bool huge_pages = false;
  std::uint64_t lost_lines = 0;  ///< of Print, that did not fit the message ring
  std::string stopped_by;        ///< "end", "SIGINT", "time"
  std::string bottleneck;        ///< one sentence: what keeps the pipeline from being faster
};

}  // namespace ixyflow
