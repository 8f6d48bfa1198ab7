#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cache_line.hpp"
#include "core/base/statistics/counter.hpp"
#include "core/device/port.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/virtio/driver/virtqueue.hpp"

namespace ixyflow::drivers::virtio {

/// A receive queue (virtio 1.2, 5.1.6.3): a ring of slots, all of which have a buffer at any time. What the
/// device has filled is taken out and replaced at once; where the pool has no buffer to replace it, it stays
/// in. The header lies in the headroom of a buffer, directly in front of the frame.
///
/// `receive`, `attach`, `fill` and `empty` on the worker of the queue; the rest where it says so.
class alignas(kCacheLine) ReceiveQueue : public Virtqueue {
 public:
  struct Setup {
    QueueMemory memory;
    QueueFormat format;
    QueueSize size;
    std::uint32_t data_room = 0;  ///< bytes of a packet buffer
    bool mergeable = false;       ///< MRG_RXBUF: a frame may come in several buffers
    bool checksums = false;       ///< GUEST_CSUM: what headers say of checksums is looked at
    bool one_at_a_time = false;   ///< without `take_many`, which only makes it faster: for tests
  };

  /// Control thread, while the queue is empty.
  void set_up(const Setup& setup);
  /// Worker: whose buffers it uses.
  void attach(const QueueContext& context) noexcept;
  /// Worker: gives every slot a buffer. False: the pool has not so many.
  bool fill() noexcept;
  /// Worker: gives all buffers back; frames in them are counted as not taken.
  void empty() noexcept;
  /// Control thread: the device has the queue.
  void start(const Notifier& notifier) noexcept;

  /// Takes received packets out.
  std::uint32_t receive(std::span<Packet*> packets) noexcept {
    if (!state.is_working() || stopped_) [[unlikely]]
      return step_aside();
    return (this->*receive_frames_)(packets);
  }

  // Frames that were lost here, by reason.
  Counter bad_length;
  Counter bad_header;
  Counter bad_checksum;
  Counter oversize;
  Counter not_taken;

 private:
  /// What the device says of a buffer that it has used.
  struct Used {
    std::uint32_t id = 0;      ///< of the first descriptor of its slot
    std::uint32_t length = 0;  ///< bytes that it has written, header included
  };
  /// What `take_many` has done.
  struct Many {
    std::uint32_t frames = 0;
    bool pool_is_empty = false;  ///< and so nothing can be taken out that would have to be replaced
  };
  template <class Words, bool kHeaders>
  class Run;
  using ReceiveFrames = std::uint32_t (ReceiveQueue::*)(std::span<Packet*>) noexcept;

  static constexpr std::uint32_t kShortestFrame = 14;  ///< shorter ones are no Ethernet frames

  // receive.cpp
  [[nodiscard]] static ReceiveFrames way(bool packed, bool headers) noexcept;
  template <class Words, bool kHeaders>
  std::uint32_t receive_frames(std::span<Packet*> packets) noexcept;
  template <class Words>
  [[nodiscard]] std::uint32_t count_used() noexcept;
  template <class Words>
  [[nodiscard]] bool read_used(Used& used) const noexcept;
  Packet* take_one(const Used& used, Packet* fresh) noexcept;
  void post(std::uint32_t slot, bool wrap) noexcept;
  // receive_many.hpp
  template <class Words, bool kHeaders>
  Many take_many(Packet** packets, std::uint32_t wanted) noexcept;
  // receive_frame.cpp
  Packet* begin_frame(Packet* buffer, std::uint32_t length) noexcept;
  Packet* append(Packet* buffer, std::uint32_t length) noexcept;
  Packet* end_frame() noexcept;
  void drop_frame(Counter& reason) noexcept;
  // receive_queue.cpp
  std::uint32_t step_aside() noexcept;
  [[nodiscard]] bool is_believable(const Used& used) noexcept;
  void quarantine(const char* why) noexcept;
  void count_rest() noexcept;

  Packet** buffers_ = nullptr;      ///< by slot
  std::uint32_t next_ = 0;          ///< the oldest position that has not come back
  std::uint32_t begun_ = 0;         ///< `next_` as of the beginning of this call
  std::uint32_t early_ = 0;         ///< positions behind `next_` that have come back
  std::uint32_t buffer_bytes_ = 0;  ///< that it may write into one buffer, header included
  std::uint32_t common_range_ = 0;  ///< frames of up to so many bytes fit
  bool stopped_ = false;            ///< distrusted
  bool one_at_a_time_ = false;      ///< nothing is taken by `take_many`
  bool mergeable_ = false;
  bool checksums_ = false;
  FreshMetadata metadata_;
  QueueContext context_;
  ReceiveFrames receive_frames_ = nullptr;

  std::uint32_t pieces_left_ = 0;  ///< of the frame that is being gathered
  Packet* frame_ = nullptr;        ///< its first pieces; nullptr: they were dropped, as the rest will be
  NetHeader frame_header_;
  std::unique_ptr<bool[]> come_back_;  ///< by slot: it has, before its turn
  std::unique_ptr<Packet*[]> storage_;
};

}  // namespace ixyflow::drivers::virtio
