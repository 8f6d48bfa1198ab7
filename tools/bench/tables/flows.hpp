#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/net/flow/flow_key.hpp"

namespace ixyflow::bench {

inline constexpr std::size_t kBatch = 64;

/// What FlowCounter remembers of a flow.
struct FlowState {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

/// A table of flows, ours or somebody else's. One virtual call per batch of kBatch.
class Flows {
 public:
  virtual ~Flows() = default;
  [[nodiscard]] virtual const char* name() const = 0;
  /// Counts a packet of each flow; returns how many were there.
  virtual std::size_t find(std::span<const FlowKey> keys) = 0;
  /// New flows, as a packet meets them: looked up first. Returns how many there was no room for.
  virtual std::size_t insert(std::span<const FlowKey> keys) = 0;
  /// Ends flows, those that were inserted first.
  virtual void end(std::span<const FlowKey> oldest) = 0;
  /// Of memory; 0: not known.
  [[nodiscard]] virtual std::size_t bytes() const { return 0; }
};

std::vector<std::unique_ptr<Flows>> make_candidates(std::size_t capacity);
/// DPDK's rte_hash; null in builds without DPDK.
std::unique_ptr<Flows> make_rte_hash(std::size_t capacity);

}  // namespace ixyflow::bench
