#pragma once

// The accelerator of receive.cpp, and for it alone: what it takes would be taken one at a time without it,
// with the same result.

#include <algorithm>
#include <array>
#include <cstring>

#include "drivers/virtio/device/guest_header.hpp"
#include "drivers/virtio/device/receive_ring.hpp"

namespace ixyflow::drivers::vhost {

/// What came of a run of simple frames.
struct ReceiveRing::Run {
  std::uint32_t taken = 0;    ///< chains, each of which has used up a fresh buffer
  std::uint32_t packets = 0;  ///< that are good
  std::uint32_t bad = 0;
  std::array<Packet*, kMostInRun> dropped;
};

/// Takes frames that follow each other, each in one descriptor: first all descriptors, so that what they
/// point at is on its way here, then the frames.
template <class Ring>
inline ReceiveRing::Run ReceiveRing::take_run(Ring& ring, std::span<Packet*> packets,
                                              std::span<Packet* const> fresh,
                                              ReceiveContext& context) noexcept {
  std::array<Chain::Piece, kMostInRun> frames;
  Run run;
  const std::uint32_t header_bytes = setup_.header_bytes;
  const std::uint32_t shortest = header_bytes + kShortestFrame;
  const std::uint32_t range = context.room - kShortestFrame;
  const GuestMemory& memory = *setup_.memory;
  for (; run.taken < fresh.size(); ++run.taken) {
    const auto mark = ring.mark();
    Descriptor descriptor;
    if (!ring.take(kGuestSends, descriptor)) break;
    const std::uint8_t* data = memory.translate(descriptor.address, descriptor.length);
    // Neither too short nor too long: what is too short is far too long above the shortest.
    if (data == nullptr || descriptor.length - shortest > range) {
      ring.rewind(mark);
      break;
    }
    __builtin_prefetch(data);
    frames[run.taken] = {const_cast<std::uint8_t*>(data), descriptor.length};
    // No reserve: one call uses at most kMaxBatch chains, which is what a ring keeps back.
    ring.use(descriptor.id, 1, 0);
  }
  const Nanoseconds now = context.queue.clock->now();
  const FreshMetadata metadata = context.metadata;  // a copy of its own stays in registers
  Packet* const* const last = fresh.data() + fresh.size();
  for (std::uint32_t i = 0; i < run.taken; ++i) {
    Packet* const packet = *(last - 1 - i);
    const std::uint32_t length = frames[i].length - header_bytes;
    metadata.write(*packet, now, length);
    std::memcpy(packet->data(), frames[i].data + header_bytes, length);
    const virtio::NetHeader header = read_header(frames[i].data);
    if (is_plain(header) || accept(*packet, header, context)) [[likely]]
      packets[run.packets++] = packet;
    else
      run.dropped[run.bad++] = packet;
  }
  return run;
}

/// Takes frames as long as each is in one descriptor and nothing is wrong with it, up to `wanted`.
template <class Ring>
[[gnu::always_inline]] inline ReceiveRing::Many ReceiveRing::take_many(Ring& ring, std::span<Packet*> packets,
                                                                       std::uint32_t wanted,
                                                                       ReceiveContext& context) noexcept {
  Many done;
  while (done.chains < wanted) {
    const std::span<Packet* const> fresh =
        context.queue.pool->take(std::min<std::uint32_t>(wanted - done.chains, kMostInRun));
    const Run run = take_run(ring, packets.subspan(done.frames), fresh, context);
    context.queue.pool->leave(static_cast<std::uint32_t>(fresh.size()) - run.taken);
    if (run.bad != 0) [[unlikely]]
      context.queue.pool->free(std::span(run.dropped).first(run.bad));
    done.chains += run.taken;
    done.frames += run.packets;
    done.pool_is_empty = fresh.empty();
    if (run.taken < fresh.size() || fresh.empty()) break;
  }
  return done;
}

}  // namespace ixyflow::drivers::vhost
