#pragma once

#include <cstdint>

namespace ixyflow {

/// Number of an input, or of a way out of an element: an output, a drop, a consumption. What a packet's
/// handler returns is one of these.
using PortIndex = std::uint16_t;

/// Outputs count from 0. Elements whose number of outputs is open (Classifier, Tee) number their drops from
/// here on.
inline constexpr PortIndex kFirstDrop = 256;

/// The most outputs that an element can have.
inline constexpr PortIndex kMaxOutputs = 256;

/// Every exit of an element has a smaller number than this power of two.
inline constexpr PortIndex kMaxExits = 512;

}  // namespace ixyflow
