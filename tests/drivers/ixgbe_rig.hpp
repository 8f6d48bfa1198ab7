#pragma once

#include <cstdint>
#include <span>

#include "drivers/ixgbe/receive_queue.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"
#include "tests/drivers/queue_rig.hpp"

namespace ixyflow::test {

/// A queue of a card, with its descriptors and its doorbell.
template <class Queue, class Descriptor>
class IxgbeRig : public QueueRig<Queue> {
 public:
  static constexpr std::uint32_t kDescriptors = 64;

  explicit IxgbeRig(std::uint32_t buffers = 256, std::uint32_t data_room = 2048)
      : QueueRig<Queue>(buffers, data_room, 64U << 10),
        ring(std::span(
            reinterpret_cast<Descriptor*>(this->memory.take_whole(kDescriptors * sizeof(Descriptor)).data()),
            kDescriptors)) {}

  std::span<Descriptor> ring;
  volatile std::uint32_t tail = 0;
};

}  // namespace ixyflow::test
