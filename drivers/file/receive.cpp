// The pcap port, its reading side: records become packets, when they are due.

#include <algorithm>
#include <utility>

#include "core/net/headers.hpp"
#include "drivers/file/pcap_port.hpp"

namespace ixyflow::drivers {

void PcapPort::attach_rx(std::uint16_t /*queue*/, const QueueContext& context) {
  receive_.context = context;
  receive_.loops_left = loop_ == 0 ? kForEver : loop_;
  receive_.left = count_ == 0 ? kForEver : count_;
  receive_.ended = receive_.captures == nullptr;
  if (pace_.kind == Pace::Kind::rate) receive_.pacer = Pacer(pace_.rate);
  if (pace_.kind == Pace::Kind::recorded)
    receive_.recorded = RecordedPace(playback_, pace_.factor, longest_pause_);
  // What is played together starts with the earliest of all first packets.
  if (fetch() && pace_.kind == Pace::Kind::recorded && receive_.record.timestamp != 0)
    playback_->announce(receive_.record.timestamp);
}

Nanoseconds PcapPort::next_due(std::uint16_t /*queue*/) const noexcept {
  // What a pipe has not got yet comes when it likes.
  if (receive_.ended || (!receive_.pending && receive_.captures->has_pipe()))
    return std::numeric_limits<Nanoseconds>::max();
  return receive_.pending && receive_.scheduled ? due() : 0;
}

/// Makes the next record pending; false when there is none now. Starts the captures again as often as `loop`
/// says.
bool PcapPort::fetch() noexcept {
  if (receive_.pending || receive_.ended) return receive_.pending;
  CaptureReader::Next next = receive_.captures->next(receive_.record);
  if (next == CaptureReader::Next::end) {
    if (!start_again()) return false;
    next = receive_.captures->next(receive_.record);
  }
  if (next != CaptureReader::Next::record) return false;
  receive_.record.timestamp = receive_.loop_time.shifted(receive_.record.timestamp);
  receive_.pending = true;
  receive_.scheduled = false;
  return true;
}

/// False, and it has ended: that was the last time.
bool PcapPort::start_again() noexcept {
  const bool empty = receive_.loop_time.packets() == 0;
  if (receive_.loops_left != kForEver) --receive_.loops_left;
  receive_.ended = empty || receive_.loops_left == 0 || receive_.captures->damaged();
  if (receive_.ended) return false;
  receive_.captures->rewind();
  receive_.loop_time.next_loop();
  return true;
}

/// Decides when the pending record is due; true.
bool PcapPort::schedule(Nanoseconds now) noexcept {
  constexpr Nanoseconds kLongPause = 60'000'000'000;
  if (receive_.scheduled) return true;
  receive_.scheduled = true;
  if (pace_.kind == Pace::Kind::rate) {
    if (!std::exchange(receive_.started, true)) receive_.pacer.start(now);
  } else if (pace_.kind == Pace::Kind::recorded) {
    if (!receive_.recorded.next(receive_.record.timestamp, now)) ++late_;
    if (receive_.recorded.pause() > kLongPause) receive_.long_pause = receive_.recorded.pause();
  }
  return true;
}

/// When the pending record may leave; of a port without a pace, always.
Nanoseconds PcapPort::due() const noexcept {
  switch (pace_.kind) {
    case Pace::Kind::fast:
      return 0;
    case Pace::Kind::recorded:
      return receive_.recorded.due();
    case Pace::Kind::rate:
      return receive_.pacer.due();
  }
  std::unreachable();
}

/// Moves the schedule when it is too far behind, so that a worker that stood still does not send all that it
/// missed in one burst.
void PcapPort::keep_pace(Nanoseconds now) noexcept {
  const bool moved = pace_.kind == Pace::Kind::rate       ? receive_.pacer.limit_lag(now)
                     : pace_.kind == Pace::Kind::recorded ? receive_.recorded.limit_lag(now)
                                                          : false;
  if (moved) ++late_;
}

/// Counts the record away when it cannot become a packet.
bool PcapPort::fits(const Packet& packet) noexcept {
  Counter* const drop = receive_.record.foreign                          ? &not_ethernet_
                        : receive_.record.captured < sizeof(EtherHeader) ? &runt_
                        : receive_.record.captured > packet.tailroom()   ? &oversize_
                                                                         : nullptr;
  if (drop == nullptr) return true;
  ++*drop;
  return false;
}

void PcapPort::fill(Packet& packet) noexcept {
  const CaptureRecord& record = receive_.record;
  record.write(packet.data());
  packet.set_length(record.captured, record.original);
  packet.timestamp = record.timestamp;
  packet.input_port = receive_.context.port_index;
  if (record.front_length != 0 && receive_.converted.load(std::memory_order_relaxed) == nullptr) [[unlikely]]
    receive_.converted.store(receive_.captures->converted(), std::memory_order_release);
}

std::uint32_t PcapPort::rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept {
  const Nanoseconds now = receive_.context.clock->now();
  if (!fetch() || !schedule(now)) return 0;
  keep_pace(now);
  if (due() > now) return 0;
  packets = packets.first(std::min<std::uint64_t>(packets.size(), receive_.left));
  const std::uint32_t buffers = receive_.context.pool->allocate(packets);
  std::uint32_t count = 0;
  for (std::uint32_t tries = 0; tries < packets.size() && count < buffers && is_due(now); ++tries) {
    if (fits(*packets[count])) fill(*packets[count++]);
    if (pace_.kind == Pace::Kind::rate) receive_.pacer.sent(receive_.record.captured);
    receive_.pending = false;
  }
  receive_.context.pool->free(packets.subspan(count, buffers - count));
  if (receive_.left != kForEver) receive_.left -= count;
  if (receive_.left == 0) receive_.ended = true;
  if (!receive_.ended && fetch()) schedule(now);  // so that `exhausted` and `next_due` know
  return count;
}

}  // namespace ixyflow::drivers
