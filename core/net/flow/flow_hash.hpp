#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {

/// One number for both directions of a connection: of the endpoints (address, port), in either order, and
/// the protocol. Of all fragments (the first too) without ports, so that they stay together; of other traffic
/// over MACs and EtherType; 0 for less than an Ethernet header. Every bit depends on all of them, and on the
/// key of this process. `layers` are those of `frame`.
[[nodiscard]] IXYFLOW_API std::uint32_t flow_hash(std::span<const std::uint8_t> frame,
                                                  const Layers& layers) noexcept;

/// Gives the flow hash of this process its key; before the first call it is that of seed 0. Who does not know
/// the seed cannot choose flows that collide. Control thread, while no packet is under way, because it gives
/// every flow another hash.
IXYFLOW_API void key_flow_hash(std::uint64_t seed) noexcept;

}  // namespace ixyflow
