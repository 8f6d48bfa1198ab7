#pragma once

#include <cstdint>
#include <span>

#include "core/base/statistics/counter.hpp"
#include "core/device/port.hpp"
#include "drivers/virtio/device/ring/guest_ring.hpp"
#include "drivers/virtio/format/net_header.hpp"

namespace ixyflow::drivers::vhost {

/// What a receive queue needs for the rings that it serves, and counts of them. Of its worker alone.
struct alignas(kCacheLine) ReceiveContext {
  QueueContext queue;
  FreshMetadata metadata;
  std::uint32_t room = 0;  ///< data room of its buffers

  // Frames that were lost here, by reason.
  Counter runt;
  Counter oversize;
  Counter bad_header;
  Counter bad_descriptor;
  Counter disabled;
  SharedCounter calls;  ///< of guests that wanted to hear of what was taken
};

/// A ring from which the guest sends. Frames are copied out of its memory into buffers of ours, and the
/// guest's buffers go back at once. Without a buffer of ours, frames stay where they are.
class ReceiveRing final : public GuestRing {
 public:
  /// Worker: fills `packets` from the front, and returns how many.
  std::uint32_t receive(std::span<Packet*> packets, ReceiveContext& context) noexcept {
    if (!usable()) [[unlikely]]
      return 0;
    return with_ring([&](auto& ring) noexcept { return receive_frames(ring, packets, context); });
  }

 private:
  /// The most frames of which descriptors are looked at before the frames are.
  static constexpr std::uint32_t kMostInRun = 64;
  struct Run;
  /// What `take_many` has done.
  struct Many {
    std::uint32_t chains = 0;
    std::uint32_t frames = 0;  ///< that are good
    bool pool_is_empty = false;
  };

  // receive.cpp
  template <class Ring>
  std::uint32_t receive_frames(Ring& ring, std::span<Packet*> packets, ReceiveContext& context) noexcept;
  template <class Ring>
  bool take_one(Ring& ring, Packet*& packet, ReceiveContext& context) noexcept;
  bool accept(Packet& packet, const virtio::NetHeader& header, ReceiveContext& context) const noexcept;
  // receive_many.hpp
  template <class Ring>
  Many take_many(Ring& ring, std::span<Packet*> packets, std::uint32_t wanted,
                 ReceiveContext& context) noexcept;
  template <class Ring>
  Run take_run(Ring& ring, std::span<Packet*> packets, std::span<Packet* const> fresh,
               ReceiveContext& context) noexcept;
};

}  // namespace ixyflow::drivers::vhost
