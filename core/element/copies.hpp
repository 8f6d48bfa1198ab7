#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/element/outputs.hpp"
#include "core/packet/packet.hpp"

namespace ixyflow {

/// A copy of `packet` leaves by `output`, or, still empty, by `no_room` when its buffer is too small for the
/// packet. False: there is no buffer for a copy. For elements that declare `creates`.
[[nodiscard]] inline bool push_copy(const Packet& packet, PortIndex output, PortIndex no_room,
                                    Outputs& outputs) noexcept {
  Packet* copy = nullptr;
  if (outputs.create({&copy, 1}) == 0) return false;
  outputs.push(copy->copy_from(packet) ? output : no_room, copy);
  return true;
}

/// The same for a batch: a copy of each of `packets`, at most kMaxBatch, in their order. Returns how many
/// could not be made, for want of a buffer.
[[nodiscard]] inline std::uint32_t push_copies(std::span<Packet* const> packets, PortIndex output,
                                               PortIndex no_room, Outputs& outputs) noexcept {
  std::array<Packet*, kMaxBatch> copies;
  const std::uint32_t count = outputs.create({copies.data(), packets.size()});
  for (std::uint32_t i = 0; i < count; ++i)
    outputs.push(copies[i]->copy_from(*packets[i]) ? output : no_room, copies[i]);
  return static_cast<std::uint32_t>(packets.size()) - count;
}

}  // namespace ixyflow
