#include "drivers/virtio/driver/transmit_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/driver/transmit_checksums.hpp"

namespace ixyflow::drivers::virtio {

void TransmitQueue::set_up(const Setup& setup) {
  lay_out(setup.memory, setup.format, setup.size);
  longest_ = std::min(setup.longest, kLongest);
  checksums_ = setup.checksums;
  device_checksums_ = setup.device_checksums && apart_ == 0;
  plain_ = !checksums_ && apart_ == 0;
  storage_ = std::make_unique<Packet*[]>(slots());
  packets_ = storage_.get();
}

void TransmitQueue::fill() noexcept {
  clear_ring();
  next_ = clean_ = early_ = 0;
  stopped_ = false;
  only_own_ = true;
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
  if (!state.is_working() || stopped_) return step_aside(), 0;
  clean();
  // Who has sent everything need not be woken up.
  if (under_way() != early_) tell_again(next_);
  return stopped_ ? 0 : slots() - under_way();
}

void TransmitQueue::empty() noexcept {
  const QueueState::State now = state.get();
  if (now != QueueState::empty && now != QueueState::filling) {
    if (!stopped_) clean();
    for (std::uint32_t i = clean_; i != next_; ++i)
      if (Packet* const packet = std::exchange(packets_[i & mask_], nullptr)) {
        ++flushed;
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

/// The same for packets of any kind: those that the device may not be given are dropped.
void TransmitQueue::write_carefully(std::span<Packet* const> packets) noexcept {
  for (Packet* packet : packets) {
    if (packet->length() < kShortest || packet->length() > longest_)
      drop(packet, bad_length);
    else if (packet->headroom() < header_ && !make_headroom(*packet))
      drop(packet, no_headroom);
    else
      write_one(packet, checksums_ ? complete_checksums(*packet, device_checksums_) : NetHeader{});
  }
}

void TransmitQueue::write_one(Packet* packet, const NetHeader& header) noexcept {
  const std::uint32_t slot = next_ & mask_;
  // A header that has its own descriptor says nothing, and so need not be written.
  std::memcpy(packet->data() - header_, &header, header_);
  const std::uint64_t address = packet->device_address() - header_;
  const std::uint32_t length = packet->length() + header_;
  packets_[slot] = packet;
  if (packed_) {
    packed_ring_[slot].address = address;
    release_to_device();
    write_once(packed_ring_[slot].rest, PackedWords::available(slot, length, wrap(next_), 0));
  } else {
    descriptors_[descriptor_of(slot)] = {address, length, 0, 0};
  }
  if (&packet->pool() != context_.pool) only_own_ = false;
  ++next_;
}

/// Moves the frame towards the end of its buffer until there is room for a header in front of it.
bool TransmitQueue::make_headroom(Packet& packet) noexcept {
  const std::uint32_t missing = header_ - packet.headroom();
  const std::uint32_t length = packet.length();
  if (!packet.put(missing)) return false;
  std::memmove(packet.data() + missing, packet.data(), length);
  return packet.pull(missing);
}

/// Words about slots that do not come back in their order, or that cannot be.
template <class Words>
void TransmitQueue::clean_out_of_turn(std::uint32_t most) noexcept {
  for (std::uint32_t i = 0; i < most; ++i) {
    const std::uint32_t position = clean_ + early_;
    const std::uint64_t said = read_word(word<Words>(position));
    if (Words::kPacked && !PackedWords::is_used(said, wrap(position))) return;
    acquire_from_device();
    if (!come_back(Words::slot(said))) return;
  }
}

template void TransmitQueue::clean_out_of_turn<SplitWords>(std::uint32_t most) noexcept;
template void TransmitQueue::clean_out_of_turn<PackedWords>(std::uint32_t most) noexcept;

/// False: it was not there, and the device is not to be trusted.
bool TransmitQueue::come_back(std::uint32_t id) noexcept {
  const std::uint32_t slot = id >> apart_;
  const bool there = slot <= mask_ && id == slot << apart_ && ((slot - clean_) & mask_) < under_way() &&
                     packets_[slot] != nullptr;
  if (!there || in_order_)
    return quarantine(there ? "sends frames out of order, although it has said that it would not"
                            : "reports a frame as sent that it was not given"),
           false;
  context_.pool->free(std::exchange(packets_[slot], nullptr));
  ++early_;
  for (; early_ > 0 && packets_[clean_ & mask_] == nullptr; ++clean_) --early_;
  return true;
}

void TransmitQueue::free_packets(std::span<Packet*> packets) noexcept {
  // What was found when the metadata was at hand need not be fetched again.
  if (only_own_) return context_.pool->free_own(packets);
  context_.pool->free(packets);
}

void TransmitQueue::drop(Packet* packet, Counter& reason) noexcept {
  ++reason;
  context_.pool->free(packet);
}

}  // namespace ixyflow::drivers::virtio
