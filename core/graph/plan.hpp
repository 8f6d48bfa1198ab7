#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/machine.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// The shortest and the longest ring that may be asked for, in packets.
inline constexpr std::uint32_t kMinRingLength = 16;
inline constexpr std::uint32_t kMaxRingLength = 1U << 20;

/// A ring: an edge, or one strand of it where elements are replicated, that joins two cores or closes a
/// cycle. One producer and one consumer each; between groups of cores there is one per pair.
struct RingPlan {
  std::size_t edge = 0;      ///< index into Pipeline::edges
  std::size_t from = 0;      ///< index of the worker that fills it
  std::size_t to = 0;        ///< of the worker that empties it
  std::uint32_t length = 0;  ///< packets
  FullPolicy full = FullPolicy::wait;
  bool closes_cycle = false;
};

/// A source of work on a worker (an element that polls, or an incoming ring), and what must have room before
/// it is polled.
struct PollPlan {
  enum class Kind : std::uint8_t { element, ring };
  Kind kind = Kind::element;
  std::size_t index = 0;    ///< of the element in Pipeline::elements, or of the ring in Plan::rings
  bool waits = true;        ///< false for a source that comes when it likes: it is always polled
  std::uint32_t burst = 0;  ///< the most packets that are fetched at once
  struct Need {
    /// An outgoing ring, an element that transmits, or one that holds packets and has room for so many only.
    enum class Kind : std::uint8_t { ring, transmitter, holder };
    Kind kind = Kind::ring;
    std::size_t index = 0;     ///< of the ring in Plan::rings, or of the element in Pipeline::elements
    std::uint32_t factor = 1;  ///< packets that may arrive there for each one polled
    PortIndex input = 0;       ///< of the holder
  };
  std::vector<Need> needs;
};

/// The use of one queue of a port by one copy of an element.
struct QueuePlan {
  std::size_t element = 0;  ///< index into Pipeline::elements
  std::size_t use = 0;   ///< index into its ElementSpec::ports, which says whether it receives or transmits
  std::size_t port = 0;  ///< index into Pipeline::ports
  std::uint16_t queue = 0;
};

/// Packets of one core whose frames are reached by the same peers, see Plan::domain_of.
struct PoolPlan {
  std::uint32_t domain = 0;
  std::uint32_t buffers = 0;
};

/// What one core does. An element stands at most once on a worker, so that (worker, element) names a copy.
struct WorkerPlan {
  std::string name;          ///< "work"; "work.0", "work.1", ... of a core with a count
  std::string core;          ///< of [cores], or "main"
  std::uint32_t copy = 0;    ///< which one of the core's `count` it is
  std::uint32_t copies = 1;  ///< of the core
  int cpu = 0;
  int node = 0;                       ///< of the CPU
  int memory_node = 0;                ///< where its memory lies: `node`, or the nearest one that has memory
  std::vector<std::size_t> elements;  ///< in topological order: indices into Pipeline::elements
  std::vector<PollPlan> polls;        ///< sources first, then incoming rings, then elements that cut
  std::vector<QueuePlan> queues;      ///< of ports that its elements use
  std::uint32_t buffers = 0;          ///< of its own pools; 0 when nothing here creates packets
  std::vector<PoolPlan> pools;        ///< by domain; mostly there is one, or none
  std::vector<std::size_t> meets;     ///< other workers whose packets can be freed here
};

/// Where the packets of an edge go that leave one copy of the element which feeds it.
struct Link {
  struct Target {
    std::size_t worker = 0;
    std::optional<std::size_t> ring;  ///< index into Plan::rings; none: on the same worker, without a ring
  };
  std::size_t from = 0;         ///< worker
  std::vector<Target> targets;  ///< one: takes all; several: packets are spread by flow hash, in this order
};

/// The memory of one NUMA node that a run takes.
struct NodePlan {
  int node = 0;
  std::uint64_t buffers = 0;
  std::uint64_t packet_bytes = 0;     ///< of the pools
  std::uint64_t ring_bytes = 0;       ///< of the rings that are emptied on this node
  std::uint64_t device_bytes = 0;     ///< of the queues of devices
  std::uint64_t huge_pages = 0;       ///< of 2 MiB, that pools and devices need
  std::uint64_t huge_pages_free = 0;  ///< there are
};

/// Why something was decided as it was, for `ixyflow plan --explain`.
struct Decision {
  std::string subject;  ///< "core 'work.1'", "ring 'count -> rewrite'", "element 'out'"
  std::string text;     ///< "CPU 3: on node 0, where port 'wan' is; CPU 0 is left to the system"
};

/// Queues of a port that are in use.
struct PortQueues {
  std::uint16_t receive = 0;
  std::uint16_t transmit = 0;
  RssKey rss_key = RssKey::full;  ///< by which a card deals out, if it has several receive queues in use
};

/// Packet memory that devices get as one region.
struct MemoryPlan {
  int node = 0;
  std::uint32_t domain = 0;
  std::uint64_t bytes = 0;
};

struct Plan {
  std::vector<WorkerPlan> workers;
  std::vector<RingPlan> rings;
  std::vector<std::vector<std::size_t>> workers_of;  ///< by element: where its copies are, copy 0 first
  std::vector<std::vector<Link>> links;              ///< by edge: one per copy of the element that feeds it
  std::vector<PortQueues> port_queues;               ///< by port
  std::vector<NodePlan> nodes;                       ///< that are in use, by number
  std::vector<MemoryPlan> memory;                    ///< of all pools and devices
  std::vector<int> memory_of_port;  ///< by port: the node of `nodes` where its device memory lies
  /// By element: the protection domain that what it allocates is of. Memory of domain 0 is reached by no
  /// other process; that of another one by the peers of the ports that are of it.
  std::vector<std::uint32_t> domain_of;
  std::vector<std::uint32_t> domain_of_port;                 ///< by port; 0: it shares no memory
  DeviceAddresses device_addresses = DeviceAddresses::none;  ///< physical: huge pages are needed
  /// The key of the flow hash is drawn anew by every start, so that nobody outside can choose flows that
  /// collide; otherwise it follows from [pipeline] seed.
  bool secret_flow_key = false;
  bool oversubscribed = false;
  std::vector<std::string> warnings;  ///< what makes it slow, or slower than it could be
  std::vector<std::string> notes;     ///< what is worth knowing
  std::vector<Decision> decisions;    ///< in the order of the pipeline: elements, cores, rings, memory
};

}  // namespace ixyflow
