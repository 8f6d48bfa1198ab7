#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cache_line.hpp"
#include "core/base/statistics/frame_counter.hpp"
#include "core/device/port.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/virtio/driver/virtqueue.hpp"

namespace ixyflow::drivers::virtio {

/// A transmit queue (virtio 1.2, 5.1.6.2): slots between `clean_`, the oldest that has not come back, and
/// `next_`, the first free one. The header is written into the headroom of a packet, directly in front of the
/// frame; a packet without headroom is moved within its buffer.
///
/// `transmit`, `room`, `attach` and `empty` on the worker of the queue; the rest where it says so.
class alignas(kCacheLine) TransmitQueue : public Virtqueue {
 public:
  struct Setup {
    QueueMemory memory;
    QueueFormat format;
    QueueSize size;
    std::uint32_t longest = 0;      ///< bytes of the longest frame that the device may be given
    bool checksums = false;         ///< TCP and UDP checksums of all that is sent are made right
    bool device_checksums = false;  ///< CSUM: by the device
    bool one_at_a_time = false;     ///< without what transmit_many.hpp makes faster: for tests
  };
  static constexpr std::uint32_t kShortest = 14;     ///< shorter ones are no Ethernet frames
  static constexpr std::uint32_t kLongest = 65'549;  ///< the longest IP packet with its Ethernet header

  /// Control thread, while the queue is empty.
  void set_up(const Setup& setup);
  /// Worker: whose buffers it uses.
  void attach(const QueueContext& context) noexcept { context_ = context; }
  /// Worker: the queue is ready for a device.
  void fill() noexcept;
  /// Worker: gives all buffers back; what the device has not reported as sent is counted as flushed.
  void empty() noexcept;
  /// Control thread: the device has the queue.
  void start(const Notifier& notifier) noexcept;

  /// Takes the first packets, as many as there is room for, and returns how many.
  std::uint32_t transmit(std::span<Packet* const> packets) noexcept;
  /// Free slots, after what is done has been given back.
  [[nodiscard]] std::uint32_t room() noexcept;

  /// Any thread: frames given to the device since its start, and those of them that the worker has seen come
  /// back.
  [[nodiscard]] std::uint32_t given() const noexcept { return given_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint32_t seen() const noexcept { return seen_.load(std::memory_order_relaxed); }
  /// Control thread: the device has frames and none of them comes back, whether the worker looks or not.
  [[nodiscard]] bool waits() const noexcept;
  /// Control thread: the device has reported all frames as sent, whether the worker has looked or not.
  [[nodiscard]] bool all_sent() const noexcept;

  FrameCounter bad_length;   ///< frames that the device may not be given
  FrameCounter no_headroom;  ///< frames without room for a header in their buffer
  FrameCounter flushed;      ///< frames that the device was given and has not reported as sent

 private:
  static constexpr std::uint32_t kCleanFrom = 64;

  // transmit.cpp
  void put_one(Packet* packet) noexcept;
  void clean() noexcept;
  template <class Words>
  void clean_ring(std::uint32_t end) noexcept;
  bool clean_one(std::uint32_t id) noexcept;
  [[nodiscard]] std::uint32_t under_way() const noexcept { return next_ - clean_; }
  // transmit_many.hpp
  bool put_many(std::span<Packet* const> packets) noexcept;
  [[nodiscard]] bool all_plain(std::span<Packet* const> packets) noexcept;
  template <class Words>
  void put_run(Packet* const* packets, std::uint32_t position, std::uint32_t count) noexcept;
  template <class Words>
  bool clean_many(std::uint32_t end) noexcept;
  template <class Words>
  [[nodiscard]] std::uint32_t count_in_turn(std::uint32_t most) const noexcept;
  // transmit_queue.cpp
  void step_aside() noexcept;
  void quarantine(const char* why) noexcept;
  [[nodiscard]] std::uint32_t count_used() noexcept;
  void give_back(std::uint32_t count) noexcept;
  [[nodiscard]] bool make_headroom(Packet& packet) noexcept;
  void drop(Packet* packet, FrameCounter& reason) noexcept;

  Packet** packets_ = nullptr;  ///< by slot; nullptr: it has come back, before its turn
  std::uint32_t next_ = 0;
  std::uint32_t clean_ = 0;
  std::uint32_t early_ = 0;  ///< slots behind `clean_` that have come back
  std::uint32_t longest_ = 0;
  bool stopped_ = false;  ///< distrusted
  bool plain_ = true;     ///< headers say nothing, and share a descriptor with the frame
  bool one_at_a_time_ = false;
  bool checksums_ = false;
  bool device_checksums_ = false;
  QueueContext context_;
  std::atomic<std::uint32_t> given_{0};
  std::atomic<std::uint32_t> seen_{0};
  std::unique_ptr<Packet*[]> storage_;
};

}  // namespace ixyflow::drivers::virtio
