#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cache_line.hpp"
#include "core/base/statistics/frame_counter.hpp"
#include "core/device/port.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/bus/bar.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/bus/queue_state.hpp"
#include "drivers/ixgbe/descriptors.hpp"

namespace ixyflow::drivers::ixgbe {

/// A transmit queue (data sheet 7.2): a ring of descriptors between `clean_`, the first one that the device
/// has not yet reported as sent, and `next_`, the first free one. The device writes the index of the first
/// descriptor that it has not sent to a word of our memory (head write-back, 7.2.3.5.2), which costs neither
/// it nor us a look at descriptors.
///
/// `transmit`, `room`, `attach` and `empty` on the worker of the queue; the rest where it says so.
class alignas(kCacheLine) TransmitQueue {
 public:
  /// What the card can do to packets on their way out.
  struct Offloads {
    bool checksums = false;  ///< IPv4 header, TCP and UDP checksums are filled in
    bool vlan = false;       ///< tags that a port took off (PacketFlag::vlan_tag) are put back
    /// Both at once: it is asked for every burst.
    [[nodiscard]] bool any() const noexcept { return std::bit_cast<std::uint16_t>(*this) != 0; }
  };
  struct Setup {
    std::span<TransmitDescriptor> ring;  ///< a power of two of them
    std::uint32_t* head = nullptr;       ///< where the device writes; alone in its cache line
    Offloads offloads;
  };
  /// ASSUMPTION SMALL: shorter ones are no Ethernet frames, and stop some cards.
  static constexpr std::uint32_t kShortest = 14;
  static constexpr std::uint32_t kLongest = tx::kLongestFrame;

  /// Control thread, before anything else.
  void set_up(const Setup& setup);
  void attach(const QueueContext& context) noexcept;
  /// Worker: gives all buffers back.
  void empty() noexcept;

  /// Control thread: the device has the queue, and its tail register is this.
  void start(Doorbell tail) noexcept;

  /// Takes the first packets, as many as there is room for, and returns how many. Without `kMany` one by one,
  /// which gives the same more slowly: for tests.
  template <bool kMany = true>
  std::uint32_t transmit(std::span<Packet* const> packets) noexcept;
  /// Packets that fit for certain, after what is done has been given back.
  [[nodiscard]] std::uint32_t room() noexcept;

  /// Any thread: descriptors given to the device since its start.
  [[nodiscard]] std::uint32_t given() const noexcept { return given_.load(std::memory_order_relaxed); }
  /// Any thread: the device's word on what it has sent.
  [[nodiscard]] std::uint32_t head() const noexcept { return read_once(*head_); }
  /// Any thread: the worker has found that the device's word cannot be true.
  [[nodiscard]] bool distrusted() const noexcept { return distrusted_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::span<TransmitDescriptor> ring() const noexcept { return ring_; }

  QueueState state;

  FrameCounter bad_length;  ///< frames that no card may be given
  FrameCounter flushed;     ///< frames that the device was given and has not reported as sent

 private:
  /// Lengths that are less than this above the shortest are right, and so are all bits of them together.
  static constexpr std::uint32_t kCommonRange = std::bit_floor(kLongest - kShortest);

  [[nodiscard]] std::uint32_t free_descriptors() const noexcept { return mask_ - (next_ - clean_); }
  /// That a packet may need: with offloads a second one, for its context.
  [[nodiscard]] std::uint32_t most_descriptors() const noexcept { return offloads_.any() ? 2 : 1; }
  void begin() noexcept;
  std::uint32_t step_aside() noexcept;
  std::uint32_t put_many(std::span<Packet* const> packets) noexcept;
  std::uint32_t put_run(Packet* const* packets, std::uint32_t index, std::uint32_t count) noexcept;
  std::uint32_t put_each(std::span<Packet* const> packets) noexcept;
  void put_one(Packet* packet) noexcept;
  /// Puts a context in front of a packet that the card is to change (7.2.3.2.3), if it is to. What the
  /// packet's own descriptor must say of it.
  std::uint64_t put_context(Packet& packet) noexcept;
  void clean() noexcept;
  void give_back(std::uint32_t count) noexcept;
  void free_packets(std::span<Packet*> packets) noexcept;
  void drop_bad_length(Packet* packet) noexcept;

  TransmitDescriptor* descriptors_ = nullptr;
  Packet** packets_ = nullptr;  ///< by descriptor; nullptr for a context
  std::uint32_t mask_ = 0;
  std::uint32_t next_ = 0;  ///< counts up without end, as does clean_
  std::uint32_t clean_ = 0;
  std::uint32_t* head_ = nullptr;
  QueueContext context_;
  Doorbell tail_;
  Offloads offloads_;
  std::atomic<std::uint32_t> given_{0};
  std::atomic<bool> distrusted_{false};
  std::span<TransmitDescriptor> ring_;
  std::unique_ptr<Packet*[]> storage_;
};

}  // namespace ixyflow::drivers::ixgbe
