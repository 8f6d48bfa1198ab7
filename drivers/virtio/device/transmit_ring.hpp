#pragma once

#include <cstdint>
#include <span>

#include "core/base/statistics/frame_counter.hpp"
#include "core/device/port.hpp"
#include "drivers/virtio/device/ring/guest_ring.hpp"

namespace ixyflow::drivers::vhost {

/// What a transmit queue needs for the rings that it serves, and counts of them. Of its worker alone.
struct alignas(kCacheLine) TransmitContext {
  QueueContext queue;

  FrameCounter too_long;     ///< frames for which the guest's buffers are too small
  SharedCounter bad_buffer;  ///< buffers of the guest that cannot be used, given back empty
  SharedCounter calls;       ///< of guests that wanted to hear of frames
};

/// A ring into which the guest receives. Frames are copied into the buffers that the guest has put there, at
/// once: what does not fit now stays the caller's.
class TransmitRing final : public GuestRing {
 public:
  /// Worker: copies the first packets, as many as there are buffers for, and returns how many. They stay the
  /// caller's, to be freed.
  std::uint32_t transmit(std::span<Packet* const> packets, TransmitContext& context) noexcept {
    if (!usable()) [[unlikely]]
      return 0;
    return with_ring([&](auto& ring) noexcept { return transmit_frames(ring, packets, context); });
  }
  /// Worker: how many packets `transmit` would take, as far as the ones before tell.
  std::uint32_t room(TransmitContext& context) noexcept;

 private:
  /// The most frames for which descriptors are looked at before the frames are copied.
  static constexpr std::uint32_t kMostInRun = 64;
  /// The most buffers of the guest that a frame is cut into.
  static constexpr std::uint32_t kMostBuffers = 64;
  struct Gathered;
  enum class Fit : std::uint8_t { fits, not_now, never };

  // transmit.cpp
  template <class Ring>
  std::uint32_t transmit_frames(Ring& ring, std::span<Packet* const> packets,
                                TransmitContext& context) noexcept;
  template <class Ring>
  bool put_one(Ring& ring, const Packet& packet, TransmitContext& context) noexcept;
  void fill(const Packet& packet, Gathered& gathered) const noexcept;
  // transmit_many.hpp
  template <class Ring>
  std::uint32_t put_many(Ring& ring, std::span<Packet* const> packets) noexcept;
  template <class Ring>
  std::uint32_t put_run(Ring& ring, std::span<Packet* const> packets) noexcept;
  // transmit_chains.hpp
  template <class Ring>
  Fit gather(Ring& ring, std::uint32_t needed, Gathered& gathered, TransmitContext& context) noexcept;

  /// The most entries of the ring that one frame has needed. What is there is counted in entries.
  std::uint32_t entries_per_frame_ = 1;
};

}  // namespace ixyflow::drivers::vhost
