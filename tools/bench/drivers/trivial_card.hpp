#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/result.hpp"
#include "core/packet/dma_memory.hpp"
#include "drivers/ixgbe/receive_queue.hpp"
#include "drivers/ixgbe/transmit_queue.hpp"

namespace ixyflow::bench {

/// The least that a card can do to one queue pair: every receive descriptor that it has becomes a frame of 64
/// bytes, every transmit descriptor counts as sent. No packet is looked at, nothing is copied: what a run
/// with it costs is the driver, and the writes to descriptors that are its own (`work`, to be measured alone
/// and subtracted).
class TrivialCard {
 public:
  static constexpr std::uint32_t kFrame = 64;  ///< bytes, without FCS

  /// Sets both queues up with `descriptors` each, in `memory`.
  TrivialCard(DmaMemory& memory, std::uint32_t descriptors, std::uint32_t data_room)
      : receive_ring_(take<drivers::ixgbe::ReceiveDescriptor>(memory, descriptors)),
        transmit_ring_(take<drivers::ixgbe::TransmitDescriptor>(memory, descriptors)),
        head_(take<std::uint32_t>(memory, 1).data()),
        mask_(descriptors - 1) {
    receive.set_up({receive_ring_, data_room, false});
    transmit.set_up({transmit_ring_, head_, {}});
  }

  /// Attaches and starts both queues. Worker only.
  bool start(const QueueContext& context) {
    if (!receive.attach(context)) return false;
    transmit.attach(context);
    receive.start(drivers::Doorbell(&receive_tail_));
    transmit.start(drivers::Doorbell(&transmit_tail_));
    return true;
  }

  void stop() noexcept {
    receive.empty();
    transmit.empty();
  }

  /// Lets up to `frames` frames arrive, and all that was given to the card leave.
  void work(std::uint32_t frames) noexcept {
    const std::uint32_t tail = receive_tail_;
    constexpr drivers::ixgbe::ReceiveDescriptor kDone{
        .status = drivers::ixgbe::rx::kDone | drivers::ixgbe::rx::kEndOfPacket, .length = kFrame};
    for (; frames > 0 && receive_head_ != tail; --frames) {
      receive_ring_[receive_head_] = kDone;
      receive_head_ = (receive_head_ + 1) & mask_;
    }
    *head_ = transmit_tail_;
  }
  /// Takes back what `work` did to receive descriptors, as if the driver had taken the frames out.
  void forget() noexcept { receive_tail_ = (receive_head_ - 1) & mask_; }

  drivers::ixgbe::ReceiveQueue receive;
  drivers::ixgbe::TransmitQueue transmit;

 private:
  template <class T>
  static std::span<T> take(DmaMemory& memory, std::uint32_t count) {
    return {reinterpret_cast<T*>(memory.take_whole(count * sizeof(T)).data()), count};
  }

  std::span<drivers::ixgbe::ReceiveDescriptor> receive_ring_;
  std::span<drivers::ixgbe::TransmitDescriptor> transmit_ring_;
  std::uint32_t* head_;
  std::uint32_t mask_;
  std::uint32_t receive_head_ = 0;
  alignas(kCacheLine) volatile std::uint32_t receive_tail_ = 0;
  alignas(kCacheLine) volatile std::uint32_t transmit_tail_ = 0;
};

}  // namespace ixyflow::bench
