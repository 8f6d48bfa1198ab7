#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/units.hpp"
#include "core/element/spec.hpp"
#include "core/runtime/engine/counts.hpp"

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

/// What a histogram says, in the unit of its values: see Histogram for how exact that is.
struct Distribution {
  std::uint64_t sum = 0;
  std::uint64_t p50 = 0;  ///< half of the values are not larger
  std::uint64_t p99 = 0;
  std::uint64_t p999 = 0;
  std::uint64_t max = 0;
};

struct CounterReport {
  std::string name;
  std::uint64_t value = 0;                                  ///< of a histogram: how many values it has
  std::optional<Distribution> distribution = std::nullopt;  ///< of a histogram only
};

/// A counter as numbers with names: `name`, and of a histogram, whose number of values that is, `name.p50`
/// and the like as well.
std::vector<std::pair<std::string, std::uint64_t>> numbers_of(const CounterReport& counter);

struct ElementReport : ElementCounts {
  std::string name;
  std::string type;
  std::string core;              ///< name of the worker; of replicated elements that of the core
  int cpu = 0;                   ///< of the first copy
  double cycles_per_packet = 0;  ///< TSC cycles, from one round in 16
  double packets_per_batch = 0;
  /// Of an element that holds packets, 0..1: share of the time of its core (of several copies the one with
  /// the largest) in which that did nothing but wait for room in it.
  double waited_for = 0;
  /// Packets that it neither gave on nor holds: the author's mistake. Negative: it gave some on twice.
  std::int64_t lost = 0;
  std::vector<ExitReport> exits;
  std::vector<CounterReport> counters;
  /// Of an element on a core with a count: each copy by itself; the numbers above are their sums.
  std::vector<ElementReport> copies;
};

struct RingReport : RingInput, RingOutput {
  std::string edge;  ///< "count -> rewrite"
  std::string from;  ///< worker that fills it
  std::string to;    ///< worker that empties it
  std::uint32_t length = 0;
  std::string full;  ///< "wait" or "drop"
  std::uint64_t held = 0;
  double average = 0;     ///< packets in it when its consumer looked and found some
  double waited_for = 0;  ///< 0..1: share of its producer's time that was nothing but waiting for room
};

struct PortReport {
  std::string name;
  std::string driver;
  std::uint64_t received = 0;  ///< handed to elements
  std::uint64_t received_bytes = 0;
  std::uint64_t transmitted = 0;  ///< taken from elements, without what is in transmit_drops
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

struct WorkerReport : WorkerCounts {
  std::string name;
  int cpu = 0;
  std::uint32_t buffers = 0;
  std::uint32_t buffers_free = 0;  ///< at the end all of them
  double cycles_per_packet = 0;    ///< of its useful rounds, over the packets that it polled
  double packets_per_round = 0;    ///< polled in a useful round
  double busy = 0;                 ///< 0..1: share of its time in useful rounds
  bool stale = false;              ///< did not answer the request for a snapshot, or to end
  std::string caught_in;           ///< the element that was at work, of a snapshot or of one that did not end
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
  /// Rights that the process kept and did not need, and why: "all", "files (Landlock): Function not
  /// implemented".
  std::vector<std::string> sandbox_off;
  std::string bottleneck;  ///< one sentence: what keeps the pipeline from being faster
};

}  // namespace ixyflow
