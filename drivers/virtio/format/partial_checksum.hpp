#pragma once

#include <cstdint>
#include <span>

#include "drivers/virtio/format/net_header.hpp"

namespace ixyflow::drivers::virtio {

/// Fills in the checksum that the sender has left to the receiver (virtio 1.2, 5.1.6.2, 5.1.6.4.2): the sum
/// from where the header says to the end of the frame, the sum of the pseudo header in the field included.
/// False, and nothing done, when that is not in the frame or in its Ethernet header. The header is one of our
/// own that has kNeedsChecksum: no memory that the other side may still change.
[[nodiscard]] bool complete_partial_checksum(std::span<std::uint8_t> frame, const NetHeader& header) noexcept;

}  // namespace ixyflow::drivers::virtio
