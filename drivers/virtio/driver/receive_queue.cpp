// A receive queue beside what it does for every packet (receive.cpp): how it gets its buffers and gives them
// back, and when the device is not to be believed.

#include "drivers/virtio/driver/receive_queue.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "drivers/bus/barriers.hpp"

namespace ixyflow::drivers::virtio {

void ReceiveQueue::set_up(const Setup& setup) {
  lay_out(setup.memory, setup.format, setup.size);
  mergeable_ = setup.mergeable;
  checksums_ = setup.checksums;
  buffer_bytes_ = header_ + setup.data_room;
  common_range_ = std::bit_floor(setup.data_room);
  one_at_a_time_ = setup.one_at_a_time || apart_ != 0;
  receive_frames_ = way(setup.format.packed, mergeable_ || checksums_);
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
  if (!packed_) show(slots());
  state.set(QueueState::filled);
  return true;
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

void ReceiveQueue::quarantine(const char* why) noexcept {
  stopped_ = true;
  distrust(why);
}

/// Whether a used buffer can be what the device says of it. A lie stops the queue.
bool ReceiveQueue::is_believable(const Used& used) noexcept {
  const std::uint32_t slot = used.id >> apart_;
  const std::uint32_t header = pieces_left_ == 0 ? format().header_bytes : 0;
  const std::uint32_t most = buffer_bytes_ + (apart_ != 0 ? format().header_bytes : 0);
  // What was given out in this very call cannot have come back yet.
  const std::uint32_t position = next_ + ((slot - next_) & mask_);
  if (slot > mask_ || used.id != slot << apart_)
    quarantine("returns a received buffer that there is not");
  else if (position - begun_ >= slots() || come_back_[slot])
    quarantine("returns a received buffer twice");
  else if (used.length < header || used.length > most)
    quarantine("reports an impossible length of a received buffer");
  return !stopped_;
}

}  // namespace ixyflow::drivers::virtio
