#pragma once

#include <cstdint>
#include <vector>

#include "core/net/flow/spread.hpp"
#include "core/packet/batch.hpp"
#include "core/packet/layers.hpp"
#include "core/runtime/engine/route.hpp"

namespace ixyflow {

/// Flow steering in software, as RSS does it in a network card: deals packets out to several copies of an
/// element by their flow hash. Both directions of a connection reach the same one, in order.
struct FlowSteering {
  struct Target {
    Route route;              ///< a ring, or an inlet on this worker
    Batch* staged = nullptr;  ///< belongs to the worker's arena; empty between two batches
  };
  std::vector<Target> targets;

  /// The same for all packets of a connection, on every worker that deals out to as many targets.
  [[nodiscard]] std::uint32_t target_of(Packet& packet) const noexcept {
    return spread(flow_hash(packet), Spreader::copies, static_cast<std::uint32_t>(targets.size()));
  }
};

}  // namespace ixyflow
