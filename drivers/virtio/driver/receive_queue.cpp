#include "drivers/virtio/driver/receive_queue.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "core/packet/layers.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/format/partial_checksum.hpp"

namespace ixyflow::drivers::virtio {

void ReceiveQueue::set_up(const Setup& setup) {
  lay_out(setup.memory, setup.format, setup.size);
  mergeable_ = setup.mergeable;
  checksums_ = setup.checksums;
  buffer_bytes_ = header_ + setup.data_room;
  common_range_ = std::bit_floor(setup.data_room);
  take_frames_ = way(setup.format.packed, mergeable_ || checksums_);
  storage_ = std::make_unique<Packet*[]>(slots());
  buffers_ = storage_.get();
  come_back_ = std::make_unique<bool[]>(slots());
}

void ReceiveQueue::attach(const QueueContext& context) noexcept {
  context_ = context;
  metadata_ = FreshMetadata(*context.pool, context.port_index);
}

bool ReceiveQueue::fill() noexcept {
  const std::span<Packet* const> fresh = context_.pool->take(slots());
  if (fresh.size() < slots()) {
    context_.pool->leave(static_cast<std::uint32_t>(fresh.size()));
    return false;
  }
  std::ranges::copy(fresh, buffers_);
  std::fill_n(come_back_.get(), slots(), false);
  clear_ring();
  next_ = begun_ = early_ = pieces_left_ = 0;
  stopped_ = false;
  if (!packed_)
    for (std::uint32_t slot = 0; slot < slots(); ++slot) {
      // Legacy devices have the header in a descriptor of its own; nobody reads it.
      const auto whole = static_cast<std::uint16_t>(descriptor_of(slot));
      if (apart_ != 0)
        descriptors_[slot << 1] = {header_address(), format().header_bytes, split::kNext | split::kWrite,
                                   whole};
      descriptors_[whole] = {0, buffer_bytes_, split::kWrite, 0};
    }
  for (std::uint32_t slot = 0; slot < slots(); ++slot) post(slot, true);
  if (!packed_) write_once(available_->index, static_cast<std::uint16_t>(slots()));
  state.set(QueueState::filled);
  return true;
}

/// Makes the buffer of a slot available, in the turn of the ring that has this wrap counter.
void ReceiveQueue::post(std::uint32_t slot, bool wrap) noexcept {
  const std::uint64_t address = metadata_.device_address(*buffers_[slot]) - header_;
  if (!packed_) {
    descriptors_[descriptor_of(slot)].address = address;
    return;
  }
  packed_ring_[slot].address = address;
  release_to_device();
  write_once(packed_ring_[slot].rest, PackedWords::available(slot, buffer_bytes_, wrap, packed::kWrite));
}

void ReceiveQueue::empty() noexcept {
  if (state.get() != QueueState::empty && state.get() != QueueState::filling) {
    if (!stopped_) count_rest();
    context_.pool->free(std::span(buffers_, slots()));
  }
  if (Packet* incomplete = std::exchange(frame_, nullptr)) {
    ++not_taken;
    context_.pool->free(incomplete);
  }
  pieces_left_ = 0;
  state.set(QueueState::empty);
}

void ReceiveQueue::count_rest() noexcept {
  const std::uint32_t position = next_ + early_;
  const std::uint32_t most = slots() - early_;
  std::uint32_t rest = static_cast<std::uint16_t>(packed_ ? 0 : read_once(used_->index) - position);
  if (packed_)
    while (rest < most && PackedWords::is_used(read_once(packed_ring_[(position + rest) & mask_].rest),
                                               wrap(position + rest)))
      ++rest;
  not_taken.add(std::min(rest, most));
}

void ReceiveQueue::start(const Notifier& notifier) noexcept {
  notifier_ = notifier;
  notify(slots());
  state.set(QueueState::working);
}

/// The control thread has taken the device away, or wants to give it back.
std::uint32_t ReceiveQueue::step_aside() noexcept {
  if (state.get() == QueueState::leaving) empty();
  // Without buffers enough it is tried again with the next call.
  if (state.get() == QueueState::filling) static_cast<void>(fill());
  return 0;
}

std::uint32_t ReceiveQueue::quarantine(const char* why) noexcept {
  stopped_ = true;
  distrust(why);
  return 0;
}

Packet* ReceiveQueue::take_carefully(const Used& used) noexcept {
  const std::uint32_t slot = used.slot >> apart_;
  if (slot > mask_ || used.slot != slot << apart_)
    return quarantine("returns a received buffer that there is not"), nullptr;
  // What was given out in this very call cannot have come back yet.
  const std::uint32_t position = next_ + ((slot - next_) & mask_);
  if (position - begun_ >= slots() || come_back_[slot])
    return quarantine("returns a received buffer twice"), nullptr;
  const std::uint32_t header = pieces_left_ == 0 ? format().header_bytes : 0;
  const std::uint32_t most = buffer_bytes_ + (apart_ != 0 ? format().header_bytes : 0);
  if (used.length < header || used.length > most)
    return quarantine("reports an impossible length of a received buffer"), nullptr;
  const std::span<Packet* const> fresh = context_.pool->take(1);
  if (fresh.empty()) return nullptr;
  Packet* const buffer = exchange(slot, fresh.front());
  if (pieces_left_ == 0) return begin_frame(buffer, used.length - header);
  if (frame_ != nullptr) append(*buffer, used.length);
  context_.pool->free(buffer);
  return --pieces_left_ == 0 ? end_frame() : nullptr;
}

Packet* ReceiveQueue::exchange(std::uint32_t slot, Packet* fresh) noexcept {
  Packet* const buffer = std::exchange(buffers_[slot], fresh);
  come_back_[slot] = true;
  ++early_;
  // Slots are given out in their order: one that came back early waits for those before it.
  while (early_ > 0 && come_back_[next_ & mask_]) {
    come_back_[next_ & mask_] = false;
    --early_;
    post(next_ & mask_, !wrap(next_));
    ++next_;
  }
  return buffer;
}

Packet* ReceiveQueue::begin_frame(Packet* buffer, std::uint32_t length) noexcept {
  frame_ = buffer;
  metadata_.write(*buffer, context_.clock->now(), length);
  if (mergeable_ || checksums_) {
    // Copied: the device may change it as long as it likes.
    std::memcpy(&frame_header_, metadata_.data(*buffer) - header_,
                std::min<std::size_t>(header_, sizeof frame_header_));
    if (mergeable_) {
      // 5.1.6.4: at least 1; and no more than there are.
      if (frame_header_.buffers > slots())
        return quarantine("reports a frame in more buffers than there are"), nullptr;
      pieces_left_ = std::max<std::uint32_t>(frame_header_.buffers, 1) - 1;
    }
    // Segmentation was never agreed upon.
    if (frame_header_.gso_type != 0 || (mergeable_ && frame_header_.buffers == 0)) drop_frame(bad_header);
  }
  return pieces_left_ == 0 ? end_frame() : nullptr;
}

/// Copies a further buffer, which has no header, behind the frame.
void ReceiveQueue::append(const Packet& buffer, std::uint32_t length) noexcept {
  const std::uint32_t before = frame_->length();
  if (!frame_->put(length)) return drop_frame(oversize);
  std::memcpy(frame_->data() + before, metadata_.data(buffer) - header_, length);
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
