#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/graph/machine.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// The shortest and the longest ring that may be asked for, in packets.
inline constexpr std::uint32_t kMinRingLength = 16;
inline constexpr std::uint32_t kMaxRingLength = 1U << 20;

/// An edge that is a ring: because it joins two cores, or because it closes a cycle.
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
  std::size_t index = 0;  ///< of the element in Pipeline::elements, or of the ring in Plan::rings
  bool waits = true;      ///< false for a source that comes when it likes: it is always polled
  struct Need {
    enum class Kind : std::uint8_t { ring, element };  ///< an outgoing ring, or an element that transmits
    Kind kind = Kind::ring;
    std::size_t index = 0;
    std::uint32_t factor = 1;  ///< packets that may arrive there for each one polled
  };
  std::vector<Need> needs;
};

/// What one core does.
struct WorkerPlan {
  std::string name;  ///< of [cores], or "main"
  int cpu = 0;
  int node = 0;
  std::vector<std::size_t> elements;  ///< in topological order: indices into Pipeline::elements
  std::vector<PollPlan> polls;        ///< sources first, then incoming rings, then elements that cut
  std::uint32_t buffers = 0;          ///< of its own pool; 0 when nothing here creates packets
  std::vector<std::size_t> meets;     ///< other workers whose packets can be freed here
};

struct Plan {
  std::vector<WorkerPlan> workers;
  std::vector<RingPlan> rings;
  std::vector<std::size_t> worker_of;               ///< by element
  std::vector<std::optional<std::size_t>> ring_of;  ///< by edge: index into rings
  bool oversubscribed = false;
  std::vector<std::string> warnings;
};

struct PlanOptions {
  bool oversubscribe = false;  ///< more workers than cores are allowed
};

/// Places the elements on cores, turns edges between cores and edges that close a cycle into rings, and
/// counts the buffers. Mistakes (no such CPU, feeders on different cores, too few cores) go to `diagnostics`;
/// nothing then.
std::optional<Plan> make_plan(const Pipeline& pipeline, const Machine& machine, const PlanOptions& options,
                              Diagnostics& diagnostics);

}  // namespace ixyflow
