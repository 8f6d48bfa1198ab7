#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"

namespace ixyflow::model {

/// Whether a frame is one that TSYNCRXCTL (its type, bits 3:1) and RXMTRL want to be stamped (7.9.1): a
/// message of PTP over Ethernet, which an EtherType filter has found (`by_ether_type`), or over UDP.
[[nodiscard]] bool is_to_be_stamped(std::span<const std::byte> frame, const FrameInfo& info,
                                    bool by_ether_type, std::uint32_t control,
                                    std::uint32_t messages) noexcept;

}  // namespace ixyflow::model
