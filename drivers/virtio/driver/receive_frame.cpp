// From buffers to frames (virtio 1.2, 5.1.6.4): what the header says, frames in several buffers, and what is
// none at all. A device without MRG_RXBUF and GUEST_CSUM, the usual case, only has its length checked here.

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/packet/layers.hpp"
#include "drivers/virtio/driver/receive_queue.hpp"
#include "drivers/virtio/format/partial_checksum.hpp"

namespace ixyflow::drivers::virtio {

/// The first buffer of a frame, or all of it.
Packet* ReceiveQueue::begin_frame(Packet* buffer, std::uint32_t length) noexcept {
  frame_ = buffer;
  metadata_.write(*buffer, context_.clock->now(), length);
  if (mergeable_ || checksums_) {
    // Copied: the device may change it as long as it likes.
    std::memcpy(&frame_header_, metadata_.data(*buffer) - header_,
                std::min<std::size_t>(header_, sizeof frame_header_));
    if (mergeable_) {
      // 5.1.6.4: at least 1; and no more than there are.
      if (frame_header_.buffers > slots()) {
        quarantine("reports a frame in more buffers than there are");
        return nullptr;
      }
      pieces_left_ = std::max<std::uint32_t>(frame_header_.buffers, 1) - 1;
    }
    // Segmentation was never negotiated.
    if (frame_header_.gso_type != 0 || (mergeable_ && frame_header_.buffers == 0)) drop_frame(bad_header);
  }
  return pieces_left_ == 0 ? end_frame() : nullptr;
}

/// Copies a further buffer, which has no header, behind the frame, unless that was dropped already.
Packet* ReceiveQueue::append(Packet* buffer, std::uint32_t length) noexcept {
  if (frame_ != nullptr) {
    const std::uint32_t before = frame_->length();
    if (frame_->put(length))
      std::memcpy(frame_->data() + before, metadata_.data(*buffer) - header_, length);
    else
      drop_frame(oversize);
  }
  context_.pool->free(buffer);
  return --pieces_left_ == 0 ? end_frame() : nullptr;
}

/// The frame if it is right.
Packet* ReceiveQueue::end_frame() noexcept {
  if (frame_ == nullptr) return nullptr;
  if (frame_->length() < kShortestFrame)
    drop_frame(bad_length);
  else if (checksums_ && (frame_header_.flags & NetHeader::kNeedsChecksum) != 0 &&
           !complete_partial_checksum(bytes_of(*frame_), frame_header_))
    drop_frame(bad_checksum);
  else if (checksums_ && (frame_header_.flags & (NetHeader::kNeedsChecksum | NetHeader::kDataValid)) != 0)
    frame_->set(PacketFlag::l4_checksum_good);
  return std::exchange(frame_, nullptr);
}

void ReceiveQueue::drop_frame(Counter& reason) noexcept {
  ++reason;
  context_.pool->free(std::exchange(frame_, nullptr));
}

}  // namespace ixyflow::drivers::virtio
