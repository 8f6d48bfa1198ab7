#pragma once

#include <cstdint>

#include "core/device/port.hpp"
#include "core/runtime/engine/ring.hpp"

namespace ixyflow {

/// Where back-pressure comes from: a ring that waits, or a transmit queue, that must have room before a
/// source is polled. Shared by all sources of the worker that reach it.
struct Sink {
  Ring* ring = nullptr;  ///< or
  Port* port = nullptr;
  std::uint16_t queue = 0;
  std::uint16_t port_index = 0;
  std::uint64_t reserved = 0;  ///< by what was polled in this round already
  std::uint64_t waits = 0;     ///< rounds in which a source was not polled because of it
  std::uint64_t last_wait = 0;

  [[nodiscard]] std::uint64_t room() noexcept {
    return ring != nullptr ? ring->room() : port->tx_room(queue);
  }
  /// Notes that it has too little room in this round, whose number starts from 1.
  void lacks_room(std::uint64_t round) noexcept {
    if (last_wait == round) return;
    ++waits;
    if (ring != nullptr && last_wait + 1 != round) ++ring->in.full_events;
    last_wait = round;
  }
};

/// What a source needs of a sink before it may be polled.
struct PollNeed {
  Sink* sink = nullptr;
  std::uint64_t packets = 0;  ///< what is fetched at once times what the way there may make of it
};

}  // namespace ixyflow
