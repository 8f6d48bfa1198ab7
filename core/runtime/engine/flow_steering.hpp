#pragma once

#include <cstdint>
#include <vector>

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
    return static_cast<std::uint32_t>((std::uint64_t{mix(flow_hash(packet))} * targets.size()) >> 32);
  }

 private:
  /// Lets every bit of the hash change every bit of the result (the finaliser of MurmurHash3). The salt keeps
  /// the choice independent of HashSwitch, and of NICs, which choose a queue by the same hash: behind those,
  /// packets would otherwise reach some of the targets only.
  static std::uint32_t mix(std::uint32_t hash) noexcept {
    constexpr std::uint32_t kSalt = 0x9e3779b9;
    hash ^= kSalt;
    hash ^= hash >> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >> 13;
    hash *= 0xc2b2ae35;
    return hash ^ hash >> 16;
  }
};

}  // namespace ixyflow
