#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/packet/dma_memory.hpp"
#include "drivers/virtio/driver/receive_queue.hpp"
#include "drivers/virtio/driver/transmit_queue.hpp"

namespace ixyflow::bench {

/// The least that a virtio device can do to one pair of queues, as TrivialCard is for ixgbe: frames of 64
/// bytes arrive in all buffers, all that is sent has left. It polls, and wants no notifications.
template <bool kPacked>
class TrivialVirtio {
 public:
  static constexpr std::uint32_t kFrame = 64;  ///< bytes, without FCS

  TrivialVirtio(DmaMemory& memory, std::uint32_t descriptors, std::uint32_t data_room) {
    using namespace drivers::virtio;
    const QueueFormat format{.packed = kPacked};
    receive.set_up({.memory = take(memory, descriptors),
                    .format = format,
                    .size = {descriptors, descriptors},
                    .data_room = data_room});
    transmit.set_up({.memory = take(memory, descriptors),
                     .format = format,
                     .size = {descriptors, descriptors},
                     .longest = TransmitQueue::kLongest});
  }

  bool start(const QueueContext& context) {
    receive.attach(context);
    transmit.attach(context);
    if (!receive.fill()) return false;
    transmit.fill();
    receive_side_.begin(receive.place(0));
    transmit_side_.begin(transmit.place(1));
    receive.start({});
    transmit.start({});
    return true;
  }

  void stop() noexcept {
    receive.empty();
    transmit.empty();
  }

  /// Lets `frames` frames arrive, and as many leave as had arrived before.
  void work(std::uint32_t frames) noexcept {
    transmit_side_.complete(arrived_, 0);
    receive_side_.complete(frames, drivers::virtio::kWholeHeader + kFrame);
    arrived_ = frames;
  }
  void forget() noexcept {}

  drivers::virtio::ReceiveQueue receive;
  drivers::virtio::TransmitQueue transmit;

 private:
  /// The device's side of one queue: it knows what is available without a look.
  struct Side {
    void begin(const drivers::virtio::QueuePlace& place) noexcept {
      ring = reinterpret_cast<volatile std::uint64_t*>(kPacked ? place.descriptors.memory + 8
                                                               : place.device.memory + 4);
      index = reinterpret_cast<volatile std::uint16_t*>(place.device.memory) + 1;
      size = place.size;
      // NO_NOTIFY, and RING_EVENT_FLAGS_DISABLE.
      *(index - (kPacked ? 0 : 1)) = 1;
    }
    void complete(std::uint32_t count, std::uint64_t length) noexcept {
      for (; count > 0; --count) {
        if constexpr (kPacked)
          ring[std::size_t{2} * slot] = length | std::uint64_t{slot} << 32 | flags << 48;
        else
          ring[slot] = slot | length << 32;
        if (++slot == size) {
          slot = 0;
          flags ^= 0x8080;
        }
        ++done;
      }
      if constexpr (!kPacked) *index = done;
    }

    volatile std::uint64_t* ring = nullptr;
    volatile std::uint16_t* index = nullptr;
    std::uint32_t size = 0;
    std::uint32_t slot = 0;
    std::uint64_t flags = 0x8080;
    std::uint16_t done = 0;
  };

  static drivers::virtio::QueueMemory take(DmaMemory& memory, std::uint32_t descriptors) {
    constexpr std::size_t kPage = drivers::virtio::Virtqueue::kPage;
    const std::size_t bytes = drivers::virtio::Virtqueue::memory_bytes(descriptors);
    const std::span<std::byte> piece = memory.take_whole(bytes + kPage);
    const std::uint64_t address = memory.device_address(piece.data());
    const std::size_t skip = (kPage - address % kPage) % kPage;
    return {piece.subspan(skip, bytes), address + skip};
  }

  Side receive_side_;
  Side transmit_side_;
  std::uint32_t arrived_ = 0;
};

}  // namespace ixyflow::bench
