#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cache_line.hpp"
#include "core/base/counter.hpp"
#include "core/device/port.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/bus/bar.hpp"
#include "drivers/bus/queue_state.hpp"
#include "drivers/ixgbe/descriptors.hpp"

namespace ixyflow::drivers::ixgbe {

/// A receive queue (data sheet 7.1): a ring of descriptors, all of which have a buffer at any time. What the
/// device has filled is taken out in order and replaced at once; where the pool has no buffer to replace it,
/// it stays in.
///
/// `receive`, `fill` and `empty` on the worker of the queue; the rest where it says so.
class alignas(kCacheLine) ReceiveQueue {
 public:
  struct Setup {
    std::span<ReceiveDescriptor> ring;  ///< a power of two of them
    std::uint32_t buffer_bytes = 0;     ///< that the device may write into one buffer
    bool offloads = false;  ///< hashes, checksum verdicts and VLAN tags are taken from the descriptors
  };

  /// Control thread, before anything else.
  void set_up(const Setup& setup);
  /// Worker: gives every descriptor a buffer. False: the pool has not so many.
  bool attach(const QueueContext& context) noexcept;
  bool fill() noexcept;
  /// Worker: gives all buffers back; frames in them are counted as not taken.
  void empty() noexcept;

  /// Control thread: the device has the queue, and its tail register is this.
  void start(Doorbell tail) noexcept;

  /// Takes received packets out, in order.
  std::uint32_t receive(std::span<Packet*> packets) noexcept {
    if (!state.is_working()) [[unlikely]]
      return step_aside();
    return offloads_ ? take_frames<true>(packets) : take_frames<false>(packets);
  }

  /// Any thread: the descriptor that is looked at next, as of the end of the last burst.
  [[nodiscard]] std::uint32_t position() const noexcept { return position_.load(std::memory_order_relaxed); }
  /// Any thread: how often `receive` was called without a packet to take, a sign of life.
  [[nodiscard]] std::uint32_t idle_looks() const noexcept {
    return idle_looks_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::span<ReceiveDescriptor> ring() const noexcept { return ring_; }

  QueueState state;

  // Frames that were lost here, by reason.
  Counter crc_error;
  Counter length_error;
  Counter byte_error;
  Counter mac_oversize;
  Counter mac_undersize;
  Counter oversize;
  Counter bad_descriptor;
  Counter not_taken;

 private:
  template <bool kOffloads>
  std::uint32_t take_frames(std::span<Packet*> packets) noexcept;
  template <bool kOffloads>
  std::uint32_t take_common(Packet** packets, Packet* const* fresh, std::uint32_t count) noexcept;
  std::uint32_t step_aside() noexcept;
  /// Handles the next descriptor, of which `descriptor` is a copy, in every case. A packet if one is complete
  /// now, else nullptr.
  Packet* take_piece(const ReceiveDescriptor& descriptor) noexcept;
  bool append(const Packet& buffer, std::uint32_t length) noexcept;
  void drop_frame(Counter& reason) noexcept;
  Counter* mac_error(std::uint32_t status) noexcept;

  ReceiveDescriptor* descriptors_ = nullptr;
  Packet** buffers_ = nullptr;  ///< by descriptor
  std::uint32_t next_ = 0;      ///< descriptor to be looked at next
  std::uint32_t mask_ = 0;
  FreshMetadata metadata_;
  QueueContext context_;
  Doorbell tail_;
  std::uint32_t buffer_bytes_ = 0;
  /// Bits that a length less one has only if it is 0 or above the largest power of two in buffer_bytes_: such
  /// frames are not of the common sort.
  std::uint64_t uncommon_lengths_ = 0;
  bool offloads_ = false;
  bool mid_frame_ = false;   ///< the rest of a frame is yet to come
  Packet* frame_ = nullptr;  ///< its first pieces, gathered; nullptr: they were dropped, as the rest will be
  std::atomic<std::uint32_t> position_{0};
  std::atomic<std::uint32_t> idle_looks_{0};
  std::span<ReceiveDescriptor> ring_;
  std::unique_ptr<Packet*[]> storage_;
};

}  // namespace ixyflow::drivers::ixgbe
