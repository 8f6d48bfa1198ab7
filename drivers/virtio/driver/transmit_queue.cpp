// A transmit queue beside what it does for every packet (transmit.cpp): how it gets to a device and away from
// it, and what the control thread asks of it.

#include "drivers/virtio/driver/transmit_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "drivers/bus/barriers.hpp"

namespace ixyflow::drivers::virtio {

void TransmitQueue::set_up(const Setup& setup) {
  lay_out(setup.memory, setup.format, setup.size);
  longest_ = std::min(setup.longest, kLongest);
  checksums_ = setup.checksums;
  device_checksums_ = setup.device_checksums && apart_ == 0;
  one_at_a_time_ = setup.one_at_a_time;
  plain_ = !checksums_ && apart_ == 0 && !one_at_a_time_;
  storage_ = std::make_unique<Packet*[]>(slots());
  packets_ = storage_.get();
}

void TransmitQueue::fill() noexcept {
  clear_ring();
  next_ = clean_ = early_ = 0;
  stopped_ = false;
  given_.store(0, std::memory_order_relaxed);
  seen_.store(0, std::memory_order_relaxed);
  if (apart_ != 0)
    for (std::uint32_t slot = 0; slot < slots(); ++slot)
      descriptors_[slot << 1] = {header_address(), format().header_bytes, split::kNext,
                                 static_cast<std::uint16_t>(descriptor_of(slot))};
  state.set(QueueState::filled);
}

void TransmitQueue::start(const Notifier& notifier) noexcept {
  notifier_ = notifier;
  state.set(QueueState::working);
}

std::uint32_t TransmitQueue::room() noexcept {
  if (!state.is_working() || stopped_) {
    step_aside();
    return 0;
  }
  clean();
  // Who has sent everything need not be woken up.
  if (under_way() != early_) kick_again(next_);
  return stopped_ ? 0 : slots() - under_way();
}

void TransmitQueue::empty() noexcept {
  const QueueState::State now = state.get();
  if (now != QueueState::empty && now != QueueState::filling) {
    if (!stopped_) clean();
    for (std::uint32_t i = clean_; i != next_; ++i)
      if (Packet* const packet = std::exchange(packets_[i & mask_], nullptr)) {
        flushed.add(packet->length());
        context_.pool->free(packet);
      }
    clean_ = next_;
    early_ = 0;
  }
  state.set(QueueState::empty);
}

/// The control thread has taken the device away, or wants to give it back.
void TransmitQueue::step_aside() noexcept {
  if (state.get() == QueueState::leaving) empty();
  if (state.get() == QueueState::filling) fill();
}

void TransmitQueue::quarantine(const char* why) noexcept {
  stopped_ = true;
  distrust(why);
}

bool TransmitQueue::waits() const noexcept {
  const std::uint32_t seen = this->seen();
  if (seen == given()) return false;
  return packed_ ? !PackedWords::is_used(read_once(packed_ring_[seen & mask_].rest), wrap(seen))
                 : read_once(used_->index) == static_cast<std::uint16_t>(seen);
}

bool TransmitQueue::all_sent() const noexcept {
  const std::uint32_t given = this->given();
  if (!packed_) return read_once(used_->index) == static_cast<std::uint16_t>(given);
  for (std::uint32_t position = seen(); static_cast<std::int32_t>(given - position) > 0;) {
    const std::uint64_t said = read_word(word<PackedWords>(position));
    if (!PackedWords::is_used(said, wrap(position))) return false;
    const std::uint32_t batch = in_order_ ? ((PackedWords::slot(said) - position) & mask_) + 1 : 1;
    if (batch > given - position) return true;
    position += batch;
  }
  return true;
}

/// Moves the frame towards the end of its buffer until there is room for a header in front of it.
bool TransmitQueue::make_headroom(Packet& packet) noexcept {
  const std::uint32_t missing = header_ - packet.headroom();
  const std::uint32_t length = packet.length();
  if (!packet.put(missing)) return false;
  std::memmove(packet.data() + missing, packet.data(), length);
  return packet.pull(missing);
}

/// How many slots have come back, as a split ring tells.
std::uint32_t TransmitQueue::count_used() noexcept {
  const std::uint32_t begin = clean_ + early_;
  const std::uint32_t used = static_cast<std::uint16_t>(read_once(used_->index) - begin);
  acquire_from_device();
  if (used <= next_ - begin) return used;
  quarantine("reports more frames as sent than it was given");
  return 0;
}

/// Slots that have come back in their order.
void TransmitQueue::give_back(std::uint32_t count) noexcept {
  const std::uint32_t first = clean_ & mask_;
  const std::uint32_t behind = std::min(count, slots() - first);  // up to the end of the ring
  context_.pool->free({packets_ + first, behind});
  if (behind < count) context_.pool->free({packets_, count - behind});
  clean_ += count;
}

void TransmitQueue::drop(Packet* packet, FrameCounter& reason) noexcept {
  reason.add(packet->length());
  context_.pool->free(packet);
}

}  // namespace ixyflow::drivers::virtio
