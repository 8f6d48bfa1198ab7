#pragma once

#include <cstdint>

#include "core/device/port.hpp"
#include "core/element/element.hpp"
#include "core/runtime/engine/ring.hpp"

namespace ixyflow {

/// Where back-pressure comes from: a ring that waits, a transmit queue, or an input of an element that holds
/// packets, which must have room before a source is polled. Shared by all sources of the worker that reach
/// it.
struct Sink {
  Ring* ring = nullptr;  ///< or
  Port* port = nullptr;  ///< or
  const Element* holder = nullptr;
  std::uint16_t queue = 0;     ///< of the port
  PortIndex input = 0;         ///< of the holder
  std::size_t index = 0;       ///< of the port or the holder in the pipeline
  std::uint64_t reserved = 0;  ///< by what was polled in this round already
  std::uint64_t waits = 0;     ///< rounds in which a source was not polled because of it
  std::uint64_t last_wait = 0;

  [[nodiscard]] std::uint64_t room() noexcept {
    if (port != nullptr) return port->tx_room(queue);
    return ring != nullptr ? ring->room() : holder->room(input);
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
  std::uint64_t factor = 1;   ///< packets that may arrive there for each one that is fetched
  std::uint64_t packets = 0;  ///< the same for all that is fetched at once
};

}  // namespace ixyflow
