#pragma once

#include <cstdint>

#include "core/device/port.hpp"

namespace ixyflow {

/// A queue of a port that a worker serves: nobody else touches it between `attach` and `detach`.
struct QueueUse {
  Port* port = nullptr;
  std::uint16_t queue = 0;
  std::uint16_t port_index = 0;
  bool receive = false;
  Mempool* pool = nullptr;  ///< that what it receives lies in, or what it sends is freed by

  void attach(const Clock& clock) const {
    const QueueContext context{pool, &clock, port_index};
    if (receive)
      port->attach_rx(queue, context);
    else
      port->attach_tx(queue, context);
  }
  void detach() const noexcept {
    if (receive)
      port->detach_rx(queue);
    else
      port->detach_tx(queue);
  }
};

}  // namespace ixyflow
