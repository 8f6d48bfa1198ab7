#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "drivers/bus/barriers.hpp"
#include "drivers/bus/queue_state.hpp"
#include "drivers/virtio/driver/notification.hpp"
#include "drivers/virtio/format/net_header.hpp"
#include "drivers/virtio/format/used_words.hpp"
#include "drivers/virtio/transport/transport.hpp"

namespace ixyflow::drivers::virtio {

/// What features have made of the queues.
struct QueueFormat {
  bool packed = false;        ///< RING_PACKED
  bool in_order = false;      ///< IN_ORDER
  bool header_apart = false;  ///< a legacy device that wants the header in a descriptor of its own
  bool page_aligned = false;  ///< a legacy device, which knows the queue by one page number
  std::uint32_t header_bytes = sizeof(NetHeader);
};

/// How long a queue is, in powers of two.
struct QueueSize {
  std::uint32_t descriptors = 0;  ///< of the ring, as the device knows it
  std::uint32_t slots = 0;        ///< that are used; as many as descriptors, or fewer
};

/// Where a queue may lie: page-aligned for the device.
struct QueueMemory {
  std::span<std::byte> bytes;
  std::uint64_t address = 0;
};

/// What receive and transmit queues have in common: a ring in memory that the device writes to as it likes,
/// and notifications.
///
/// A queue is seen as slots, each for one frame, that are used in turn. A slot has a descriptor of its own,
/// and of a split ring an entry of the available ring too, which says always the same (legacy devices without
/// ANY_LAYOUT: two descriptors). So nothing that the device may rewrite is ever read back, and what it says
/// it has done is a slot to be found in private memory. Positions count slots without end.
class Virtqueue {
 public:
  static constexpr std::size_t kPage = Transport::kLegacyAlignment;

  /// The most memory that a queue with so many descriptors takes in any format.
  [[nodiscard]] static std::size_t memory_bytes(std::uint32_t descriptors) noexcept;

  /// Control thread: where the queue is, for the device.
  [[nodiscard]] QueuePlace place(std::uint16_t index) const noexcept;
  [[nodiscard]] const QueueFormat& format() const noexcept { return format_; }
  [[nodiscard]] std::uint32_t slots() const noexcept { return mask_ + 1; }

  /// Any thread: what the device did that cannot be, or nullptr. The queue does nothing more until it was
  /// emptied.
  [[nodiscard]] const char* distrusted() const noexcept { return distrust_.load(std::memory_order_relaxed); }

  QueueState state;

 protected:
  Virtqueue() = default;

  /// Control thread, while the queue is empty: lays the ring out in `memory`.
  void lay_out(const QueueMemory& memory, const QueueFormat& format, const QueueSize& size) noexcept;
  /// Worker: the ring is as if the device had never seen it.
  void clear_ring() noexcept;

  /// Says that the device's word cannot be true.
  void distrust(const char* what) noexcept { distrust_.store(what, std::memory_order_relaxed); }

  /// Wrap counter of a packed ring at a position (2.8.1): it starts with 1.
  [[nodiscard]] bool wrap(std::uint32_t position) const noexcept { return (position & (mask_ + 1)) == 0; }
  /// Of the descriptor that holds a slot's frame.
  [[nodiscard]] std::uint32_t descriptor_of(std::uint32_t slot) const noexcept {
    return slot << apart_ | apart_;
  }

  /// Shows a device with a split ring the slots before `position`.
  void show(std::uint32_t position) noexcept {
    Notification::show(*available_, static_cast<std::uint16_t>(position));
  }
  /// Notifies the device, unless it suppresses that, that slots before `position` are available.
  void kick(std::uint32_t position) noexcept {
    notification_.kick([this] { return wants_notifications(); }, [=, this] { notify_now(position); });
  }
  void kick_again(std::uint32_t position) noexcept {
    notification_.kick_again([this] { return wants_notifications(); }, [=, this] { notify_now(position); });
  }
  /// Notifies it whether it wants that or not.
  void notify(std::uint32_t position) const noexcept {
    Notification::ring([=, this] { notify_now(position); });
  }

  /// Where the device writes about what comes back as number `position`.
  template <class Words>
  [[nodiscard]] const Word* word(std::uint32_t position) const noexcept {
    if constexpr (Words::kPacked) return &packed_ring_[position & mask_].rest;
    return reinterpret_cast<const Word*>(used_ + 1) + (position & ring_mask_);
  }

  bool packed_ = false;
  bool in_order_ = false;
  Notification notification_;
  std::uint8_t apart_ = 0;       ///< 1: a slot has a second descriptor, for the header
  std::uint32_t mask_ = 0;       ///< of slots
  std::uint32_t ring_mask_ = 0;  ///< of the device's words
  std::uint32_t header_ = 0;     ///< bytes in front of the frame in its descriptor
  SplitDescriptor* descriptors_ = nullptr;
  AvailableRing* available_ = nullptr;
  UsedRing* used_ = nullptr;
  PackedDescriptor* packed_ring_ = nullptr;
  EventSuppression* device_event_ = nullptr;
  Notifier notifier_;

 private:
  struct Places {
    std::size_t driver = 0;
    std::size_t device = 0;
    std::size_t header = 0;
    std::size_t end = 0;
  };
  static Places places(std::uint32_t descriptors, bool packed, std::size_t alignment) noexcept;
  [[nodiscard]] bool wants_notifications() const noexcept {
    return packed_ ? Notification::is_wanted(*device_event_) : Notification::is_wanted(*used_);
  }
  void notify_now(std::uint32_t position) const noexcept {
    const std::uint32_t slot = position & mask_;
    notifier_.notify(static_cast<std::uint16_t>(packed_ ? slot | (wrap(position) ? 0x8000U : 0) : position));
  }

  std::atomic<const char*> distrust_{nullptr};
  QueueFormat format_;
  QueueMemory memory_;
  Places places_;
  std::uint32_t size_ = 0;  ///< descriptors

 protected:
  /// Where a header that has a descriptor of its own is: it says nothing, and nobody reads it.
  [[nodiscard]] std::uint64_t header_address() const noexcept { return memory_.address + places_.header; }
};

}  // namespace ixyflow::drivers::virtio
