#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/element/outputs.hpp"
#include "core/packet/packet.hpp"

namespace ixyflow {

/// A copy of each of `packets`, at most kMaxBatch, leaves by `output`, in their order; a copy whose buffer is
/// too small for its packet leaves by `no_room`, still empty. Returns how many could not be made, for want of
/// a buffer. For elements that declare `creates`.
[[nodiscard]] inline std::uint32_t push_copies(std::span<Packet* const> packets, PortIndex output,
                                               PortIndex no_room, Outputs& outputs) noexcept {
  std::array<Packet*, kMaxBatch> copies;
  const std::uint32_t count = outputs.create({copies.data(), packets.size()});
  for (std::uint32_t i = 0; i < count; ++i)
    outputs.push(copies[i]->copy_from(*packets[i]) ? output : no_room, copies[i]);
  return static_cast<std::uint32_t>(packets.size()) - count;
}

}  // namespace ixyflow
