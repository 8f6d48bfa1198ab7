#include "drivers/ixgbe/receive_queue.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "drivers/bus/barriers.hpp"

namespace ixyflow::drivers::ixgbe {

void ReceiveQueue::set_up(const Setup& setup) {
  ring_ = setup.ring;
  descriptors_ = ring_.data();
  mask_ = static_cast<std::uint32_t>(ring_.size()) - 1;
  buffer_bytes_ = setup.buffer_bytes;
  uncommon_lengths_ = 0xffff & ~(std::bit_floor(buffer_bytes_) - 1);
  offloads_ = setup.offloads;
  storage_ = std::make_unique<Packet*[]>(ring_.size());
  buffers_ = storage_.get();
}

bool ReceiveQueue::attach(const QueueContext& context) noexcept {
  context_ = context;
  metadata_ = FreshMetadata(*context.pool, context.port_index);
  return fill();
}

bool ReceiveQueue::fill() noexcept {
  const auto count = static_cast<std::uint32_t>(ring_.size());
  const std::span<Packet* const> fresh = context_.pool->take(count);
  if (fresh.size() < count) {
    context_.pool->leave(static_cast<std::uint32_t>(fresh.size()));
    return false;
  }
  std::ranges::copy(fresh, buffers_);
  for (std::uint32_t i = 0; i < count; ++i) ring_[i] = {.address = metadata_.device_address(*buffers_[i])};
  next_ = 0;
  position_.store(0, std::memory_order_relaxed);
  mid_frame_ = false;
  state.set(QueueState::filled);
  return true;
}

void ReceiveQueue::empty() noexcept {
  if (state.get() != QueueState::empty && state.get() != QueueState::filling) {
    for (std::uint32_t i = 0; i <= mask_; ++i) {
      const std::uint32_t status = read_once(ring_[(next_ + i) & mask_].status);
      if ((status & rx::kDone) == 0) break;
      if ((status & rx::kEndOfPacket) != 0 && !(mid_frame_ && frame_ == nullptr)) ++not_taken;
      mid_frame_ = false;
    }
    context_.pool->free(std::span(buffers_, ring_.size()));
  }
  if (Packet* incomplete = std::exchange(frame_, nullptr)) context_.pool->free(incomplete);
  mid_frame_ = false;
  state.set(QueueState::empty);
}

void ReceiveQueue::start(Doorbell tail) noexcept {
  tail_ = tail;
  release_to_device();
  tail_.ring(mask_);
  state.set(QueueState::working);
}

/// The control thread has taken the device away, or wants to give it back.
std::uint32_t ReceiveQueue::step_aside() noexcept {
  if (state.get() == QueueState::leaving) empty();
  // Without buffers enough it is tried again with the next call.
  if (state.get() == QueueState::filling) static_cast<void>(fill());
  return 0;
}

Packet* ReceiveQueue::gather(Packet* buffer, std::uint32_t status, std::uint32_t length) noexcept {
  const bool first = !std::exchange(mid_frame_, (status & rx::kEndOfPacket) == 0);
  if (first) frame_ = buffer;
  const bool dropped = frame_ == nullptr;
  if (!dropped) {
    if (Counter* error = mac_error(status))
      drop_frame(*error);
    else if (length == 0 || length > buffer_bytes_)
      drop_frame(bad_descriptor);
    else if (first)
      metadata_.write(*buffer, context_.clock->now(), length);
    else if (!append(*buffer, length))
      drop_frame(oversize);
  }
  if (!first) context_.pool->free(buffer);
  return mid_frame_ ? nullptr : std::exchange(frame_, nullptr);
}

/// Copies a further piece behind the frame. False: the frame has no room for it, or is cut.
bool ReceiveQueue::append(const Packet& buffer, std::uint32_t length) noexcept {
  const std::uint32_t before = frame_->length();
  if (!frame_->put(length)) return false;
  std::memcpy(frame_->data() + before, metadata_.data(buffer), length);
  return true;
}

void ReceiveQueue::drop_frame(Counter& reason) noexcept {
  ++reason;
  context_.pool->free(std::exchange(frame_, nullptr));
}

/// The most telling of the errors that the MAC reports (7.1.6.2, table 7-13); nullptr: none.
Counter* ReceiveQueue::mac_error(std::uint32_t status) noexcept {
  if ((status & rx::kMacErrors) == 0) return nullptr;
  if ((status & rx::kCrcError) != 0) return &crc_error;
  if ((status & rx::kLengthError) != 0) return &length_error;
  if ((status & rx::kByteError) != 0) return &byte_error;
  return (status & rx::kOversizeError) != 0 ? &mac_oversize : &mac_undersize;
}

}  // namespace ixyflow::drivers::ixgbe
