#pragma once

#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {

/// Symmetric Toeplitz hash: both directions of a connection give the same number. Over addresses, protocol
/// and ports; of all fragments (the first too) without ports, so that they stay together; of other traffic
/// over MACs and EtherType. `layers` are those of `frame`.
IXYFLOW_API std::uint32_t symmetric_flow_hash(std::span<const std::uint8_t> frame,
                                              const Layers& layers) noexcept;

}  // namespace ixyflow
