#pragma once

#include <cstdint>
#include <span>

#include "core/base/counter.hpp"
#include "core/device/port.hpp"
#include "drivers/virtio/device/guest_ring.hpp"
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
class FromGuest final : public GuestRing {
 public:
  /// Worker: fills `packets` from the front, and returns how many.
  std::uint32_t receive(std::span<Packet*> packets, ReceiveContext& context) noexcept {
    if (!usable()) [[unlikely]]
      return 0;
    return with_ring(context.calls, [&](auto& ring) noexcept { return take_frames(ring, packets, context); });
  }

 private:
  /// The most frames of which descriptors are looked at before the frames are.
  static constexpr std::uint32_t kMostInRun = 64;
  struct Run;

  template <class Ring>
  std::uint32_t take_frames(Ring& ring, std::span<Packet*> packets, ReceiveContext& context) noexcept;
  template <class Ring>
  Run take_simple(Ring& ring, std::span<Packet*> packets, std::span<Packet* const> fresh,
                  ReceiveContext& context) noexcept;
  /// Handles the next chain, whatever it is; false: there is nothing more to be done now.
  template <class Ring>
  bool take_any(Ring& ring, Packet*& packet, ReceiveContext& context) noexcept;
  bool accept(Packet& packet, const virtio::NetHeader& header, ReceiveContext& context) const noexcept;
};

}  // namespace ixyflow::drivers::vhost
