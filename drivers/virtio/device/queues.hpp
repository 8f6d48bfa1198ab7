#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/statistics/frame_counter.hpp"
#include "drivers/virtio/device/receive_ring.hpp"
#include "drivers/virtio/device/transmit_ring.hpp"

namespace ixyflow::drivers::vhost {

/// A receive queue of the port: all that the guest sends by the rings that this worker serves.
class ReceiveQueue : public ReceiveContext {
 public:
  /// Control thread, before anything else.
  void add(ReceiveRing& ring) { rings_.push_back(&ring); }
  void attach(const QueueContext& context) noexcept;
  void detach() noexcept;

  std::uint32_t receive(std::span<Packet*> packets) noexcept {
    return rings_.size() == 1 ? rings_.front()->receive(packets, *this) : receive_from_all(packets);
  }

 private:
  std::uint32_t receive_from_all(std::span<Packet*> packets) noexcept;

  std::vector<ReceiveRing*> rings_;
  std::size_t next_ = 0;  ///< ring that is asked first
};

/// A transmit queue of the port: the rings into which this worker puts frames, those of a flow always into
/// the same one of the rings that the guest uses.
class TransmitQueue : public TransmitContext {
 public:
  /// Control thread, before anything else.
  void add(TransmitRing& ring) {
    rings_.push_back(&ring);
    usable_.resize(rings_.size());
  }
  void attach(const QueueContext& context) noexcept { queue = context; }
  void detach() noexcept;

  /// Takes and frees the first packets, and returns how many.
  std::uint32_t transmit(std::span<Packet* const> packets) noexcept;
  [[nodiscard]] std::uint32_t room() noexcept;

  FrameCounter ring_full;  ///< frames of a flow whose ring had no buffer, while another one had

 private:
  /// The rings that are in use now. With every call, because this is where they are given back.
  std::span<TransmitRing* const> usable() noexcept;
  void spread(std::span<TransmitRing* const> rings, std::span<Packet* const> packets) noexcept;

  std::vector<TransmitRing*> rings_;
  std::vector<TransmitRing*> usable_;  ///< room for what `usable` finds
};

}  // namespace ixyflow::drivers::vhost
