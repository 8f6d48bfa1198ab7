// The pcap port, its reading side: records become packets, when they are due.

#include <cstring>
#include <utility>

#include "core/net/headers.hpp"
#include "drivers/file/pcap_port.hpp"

namespace ixyflow::drivers {

void PcapPort::attach_rx(std::uint16_t /*queue*/, const QueueContext& context) {
  receive_.context = context;
  receive_.loops_left = loop_ == 0 ? kForEver : loop_;
  receive_.ended = receive_.reader == nullptr;
  if (pace_.kind == Pace::Kind::rate) receive_.pacer = Pacer(pace_.rate);
  fetch();
}

Nanoseconds PcapPort::next_due(std::uint16_t /*queue*/) const noexcept {
  // What a FIFO has not got yet comes when it likes.
  if (receive_.ended || (!receive_.pending && receive_.reader->source().is_fifo()))
    return std::numeric_limits<Nanoseconds>::max();
  return receive_.pending && receive_.started ? due() : 0;
}

/// Makes the next record pending; false when there is none now. Starts the file again as often as `loop`
/// says.
bool PcapPort::fetch() noexcept {
  if (receive_.pending || receive_.ended) return receive_.pending;
  CaptureReader::Next next = receive_.reader->next(receive_.record);
  if (next == CaptureReader::Next::end) {
    const bool empty = receive_.loop_time.packets() == 0;
    if (receive_.loops_left != kForEver) --receive_.loops_left;
    receive_.ended = empty || receive_.loops_left == 0 || receive_.reader->fault() != CaptureFault::none;
    if (receive_.ended) return false;
    receive_.reader->rewind();
    receive_.loop_time.next_loop();
    next = receive_.reader->next(receive_.record);
  }
  if (next != CaptureReader::Next::record) return false;
  receive_.record.timestamp = receive_.loop_time.shifted(receive_.record.timestamp);
  receive_.pending = true;
  return true;
}

/// When the pending record may leave; of a port without a pace, always.
Nanoseconds PcapPort::due() const noexcept {
  switch (pace_.kind) {
    case Pace::Kind::fast:
      return 0;
    case Pace::Kind::recorded:
      return receive_.record.timestamp + receive_.epoch;
    case Pace::Kind::rate:
      return receive_.pacer.due();
  }
  std::unreachable();
}

/// Begins the schedule with the first packet, and moves it when it is too far behind, so that a worker that
/// stood still does not send all that it missed in one burst.
void PcapPort::keep_pace(Nanoseconds now) noexcept {
  if (!receive_.started) {
    receive_.started = true;
    receive_.epoch = now - receive_.record.timestamp;
    receive_.pacer.start(now);
  }
  if (pace_.kind == Pace::Kind::rate) {
    if (receive_.pacer.limit_lag(now)) ++late_;
  } else if (pace_.kind == Pace::Kind::recorded && now - due() > Pacer::kMaxLag) {
    receive_.epoch += now - due();
    ++late_;
  }
}

/// Counts the record away when it cannot become a packet.
bool PcapPort::fits(const Packet& packet) noexcept {
  if (receive_.record.captured < sizeof(EtherHeader)) {
    ++runt_;
    return false;
  }
  if (receive_.record.captured > packet.tailroom()) {
    ++oversize_;
    return false;
  }
  return true;
}

void PcapPort::fill(Packet& packet) noexcept {
  const CaptureRecord& record = receive_.record;
  std::memcpy(packet.data(), record.data, record.captured);
  packet.set_length(record.captured, record.original);
  packet.timestamp = record.timestamp;
  packet.input_port = receive_.context.port_index;
}

std::uint32_t PcapPort::rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept {
  const Nanoseconds now = receive_.context.clock->now();
  if (!fetch()) return 0;
  keep_pace(now);
  if (due() > now) return 0;
  const std::uint32_t buffers = receive_.context.pool->allocate(packets);
  std::uint32_t count = 0;
  for (std::uint32_t tries = 0; tries < packets.size() && count < buffers && fetch() && due() <= now;
       ++tries) {
    if (fits(*packets[count])) fill(*packets[count++]);
    if (pace_.kind == Pace::Kind::rate) receive_.pacer.sent(receive_.record.captured);
    receive_.pending = false;
  }
  receive_.context.pool->free(packets.subspan(count, buffers - count));
  fetch();  // so that `exhausted` and `next_due` know
  return count;
}

}  // namespace ixyflow::drivers
