#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cache_line.hpp"
#include "core/base/statistics/counter.hpp"
#include "core/device/port.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/bus/bar.hpp"
#include "drivers/bus/barriers.hpp"
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

  /// Takes received packets out, in order, and gives the device empty buffers for them. Without `kMany` one
  /// by one, which gives the same more slowly: for tests.
  template <bool kMany = true>
  std::uint32_t receive(std::span<Packet*> packets) noexcept;

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
  class Run;

  /// Whether the device has filled a descriptor's buffer, or a piece of a frame is in it: DD (7.1.6.2).
  [[nodiscard]] bool is_done(std::uint32_t index) const noexcept {
    return (read_once(descriptors_[index].status) & rx::kDone) != 0;
  }
  std::uint32_t count_idle_look() noexcept {
    idle_looks_.store(idle_looks_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return 0;
  }
  std::uint32_t take_many(Packet** packets, std::uint32_t count) noexcept;
  Packet* take_one(Packet* fresh) noexcept;
  std::uint32_t step_aside() noexcept;
  /// Adds a buffer that the device has filled to the frame that is under way. A packet if it is complete now,
  /// else nullptr.
  Packet* gather(Packet* buffer, std::uint32_t status, std::uint32_t length) noexcept;
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
