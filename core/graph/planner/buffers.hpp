#pragma once

#include "core/base/diagnostics.hpp"
#include "core/graph/pipeline.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow {

/// How the buffers of a wired pipeline are cut: a data room of `packet_size`, and in front of it headroom for
/// all that the elements of any path put there together (ElementSpec::headroom), and a port behind them.
/// Once around a cycle counts; what goes around again may find no more room. An error when elements want more
/// than kMaxHeadroom.
inline constexpr std::uint32_t kMaxHeadroom = 4096;
[[nodiscard]] BufferLayout plan_buffers(const Pipeline& pipeline, Diagnostics& diagnostics);

}  // namespace ixyflow
