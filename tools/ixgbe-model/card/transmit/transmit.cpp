#include "tools/ixgbe-model/card/transmit/transmit.hpp"

#include <algorithm>

#include "tools/ixgbe-model/card/registers/bits.hpp"
#include "tools/ixgbe-model/card/transmit/descriptor_bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;

constexpr std::size_t kMaxPacket =
    256 * 1024 + 512;                           // 7.2.4: the largest that is segmented, with its headers
constexpr Nanoseconds kWriteBackTime = 20'000;  // how long WTHRESH may hold back what is done
constexpr std::uint32_t kHeadAlignment = 16;    // less aligned head addresses have no effect on the card
constexpr std::uint32_t kAhead = 4;             // descriptors whose buffers are fetched beforehand
constexpr std::uint32_t kHeadNonsense = 0xFFFFFFF0;

constexpr std::uint32_t kDmatxctlReset = 0x81000000;   // 8.2.3.9.2: VT, the EtherType of inserted tags
constexpr std::uint32_t kFlagsLowReset = 0x0F760FF6;   // 8.2.3.9.3
constexpr std::uint32_t kFlagsHighReset = 0x00000F7F;  // 8.2.3.9.4

bool is_context(const Descriptor& descriptor) noexcept {
  return (descriptor.high & descriptor::kExtended) != 0 &&
         field(descriptor.high, 20, 4) == descriptor::kContextType;
}

}  // namespace

Transmit::Transmit(bool mapped, RegisterFile& file, GuestMemory& memory, Statistics& statistics,
                   InterruptUnit& interrupts, SystemTime& time, FaultSwitches& faults, Egress& egress)
    : file_(file),
      memory_(memory),
      statistics_(statistics),
      interrupts_(interrupts),
      time_(time),
      faults_(faults),
      egress_(egress),
      queues_(QueueBank::Direction::transmit, mapped, file, *this),
      states_(queue::kQueues) {
  file_.plain({reg::kDmatxctl}, kDmatxctlReset);
  file_.plain({reg::kDtxtcpflgl}, kFlagsLowReset);
  file_.plain({reg::kDtxtcpflgh}, kFlagsHighReset);
  descriptors_.reserve(queue::kMaxRingBytes / queue::kDescriptorBytes);
  assembled_.reserve(kMaxPacket);
  frame_.reserve(kMaxPacket);
  for (State& state : states_) state.done.reserve(8 * kBurst);
}

void Transmit::reset() noexcept {
  queues_.reset();
  for (std::uint32_t i = 0; i < queue::kQueues; ++i) queue_starts(i);
}

bool Transmit::enabled() const noexcept {
  return (file_.get(reg::kDmatxctl) & bits::dmatxctl::kEnable) != 0;
}

void Transmit::queue_starts(std::uint32_t index) noexcept {
  State& state = states_[index];
  state.contexts = {};
  state.segments_sent = 0;
  state.broken = false;
  state.done.clear();
}

void Transmit::queue_stops(std::uint32_t index, bool gone) noexcept {
  if (!gone) show_done(queues_[index], 0, true);
  states_[index].done.clear();
}

bool Transmit::poll(Nanoseconds now) noexcept {
  if (faults_.tx_hang) return false;
  bool moved = false;
  for (const std::uint32_t index : queues_.enabled()) {
    Queue& queue = queues_[index];
    queue.ring.open(memory_);
    moved |= poll_queue(queue, now);
    queue.ring.close();
  }
  return moved;
}

bool Transmit::poll_queue(Queue& queue, Nanoseconds now) noexcept {
  State& state = states_[queue.index];
  const std::uint32_t available = state.broken ? 0 : queues_.available(queue);
  std::uint32_t taken = 0;
  queue_ = queue.index;
  put_ = {};
  for (std::uint32_t burst = 0; taken < available && burst < kBurst && put_.packets < kBurst; ++burst) {
    const std::uint32_t from = queue.ring.wrap(queue.head + taken);
    if (taken + kAhead < available) queue.ring.prefetch_buffer(memory_, queue.ring.wrap(from + kAhead));
    const Gathered gathered = gather(queue, from, available - taken);
    if (gathered == Gathered::incomplete) break;
    if (gathered == Gathered::bad_address) {
      ++drops_.bad_address;
      state.broken = true;
      break;
    }
    if (gathered == Gathered::context) {
      const Descriptor& context = descriptors_.front();
      state.contexts[field(context.high, 36, 1)] = context_of(context.low, context.high);
    } else {
      if (send(state) == Sent::later) break;
    }
    remember_done(queue, from, now);
    taken += static_cast<std::uint32_t>(descriptors_.size());
  }
  if (taken != 0) queues_.advance(queue, taken);
  if (put_.packets != 0) count(queue.index, put_);
  if (!state.done.empty()) show_done(queue, now, false);
  return taken != 0 || put_.packets != 0;
}

void Transmit::count(std::uint32_t index, const Counts& more) noexcept {
  statistics_.sent(index, more.packets, more.bytes);
  states_[index].counts.packets += more.packets;
  states_[index].counts.bytes += more.bytes;
}

// The descriptors of one packet, or one context descriptor.
Transmit::Gathered Transmit::gather(const Queue& queue, std::uint32_t from,
                                    std::uint32_t available) noexcept {
  descriptors_.clear();
  for (std::uint32_t i = 0; i < available; ++i) {
    Descriptor& descriptor = descriptors_.emplace_back();
    if (!queue.ring.load(memory_, queue.ring.wrap(from + i), descriptor)) return Gathered::bad_address;
    if (is_context(descriptor)) {
      if (i == 0) return Gathered::context;
      descriptors_.pop_back();  // a packet that is cut short by a context: it is malformed and ends here
      break;
    }
    if ((descriptor.high & descriptor::kEnd) != 0) break;
    if (i + 1 == available) return Gathered::incomplete;
  }
  return assemble() ? Gathered::packet : Gathered::bad_address;
}

std::size_t Transmit::gathered_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const Descriptor& descriptor : descriptors_) bytes += field(descriptor.high, 0, 16);
  return bytes;
}

// False: some of it is not in the driver's memory. A packet too long for any purpose is left empty.
bool Transmit::assemble() noexcept {
  packet_ = {};
  assembled_.clear();
  const std::size_t bytes = gathered_bytes();
  if (bytes == 0 || bytes > kMaxPacket) return true;
  if (descriptors_.size() == 1) {
    const std::byte* const at = memory_.at(descriptors_.front().low, bytes);
    if (at != nullptr) {
      packet_ = {at, bytes};
      return true;
    }
  }
  for (const Descriptor& descriptor : descriptors_) {
    const std::size_t part = field(descriptor.high, 0, 16);
    if (part == 0) continue;
    const std::size_t before = assembled_.size();
    assembled_.resize(before + part);
    if (!memory_.read(descriptor.low, std::span(assembled_).subspan(before))) return false;
  }
  packet_ = assembled_;
  return true;
}

void Transmit::remember_done(const Queue& queue, std::uint32_t from, Nanoseconds now) noexcept {
  State& state = states_[queue.index];
  for (std::uint32_t i = 0; i < descriptors_.size(); ++i) {
    if ((descriptors_[i].high & descriptor::kReportStatus) == 0) continue;
    if (state.done.empty()) state.done_since = now;
    state.done.push_back({queue.ring.wrap(from + i), descriptors_[i]});
  }
}

// Write-back (7.2.3.5): DD in each descriptor that asked for it with RS, or the head in the driver's memory
// instead (head write-back, 7.2.3.5.2). WTHRESH holds them back until there are as many, for a while.
void Transmit::show_done(Queue& queue, Nanoseconds now, bool all) noexcept {
  State& state = states_[queue.index];
  const std::uint32_t control = file_.get(queue.registers + queue::kControl);
  const bool flush = all || (control & bits::dctl::kWriteBackFlush) != 0;
  const std::uint32_t threshold = field(control, 16, 7);
  if (state.done.empty()) return;
  if (!flush && state.done.size() < threshold && now - state.done_since < kWriteBackTime) return;
  if ((file_.get(queue.registers + queue::kWriteBackLow) & bits::tdwbal::kEnable) != 0) {
    write_head(queue, queue.ring.wrap(state.done.back().index + 1));
  } else {
    for (const Done& done : state.done)
      if (!queue.ring.store(memory_, done.index,
                            {done.descriptor.low, done.descriptor.high | descriptor::kDone}))
        ++drops_.bad_address;
  }
  state.done.clear();
  interrupts_.sent(queue.index);
}

void Transmit::write_head(const Queue& queue, std::uint32_t head) noexcept {
  const std::uint64_t address = std::uint64_t{file_.get(queue.registers + queue::kWriteBackHigh)} << 32 |
                                (file_.get(queue.registers + queue::kWriteBackLow) & ~3U);
  if (address % kHeadAlignment != 0) return;
  if (faults_.head_nonsense) head = kHeadNonsense;
  std::byte* const at = memory_.at(address, sizeof head);
  if (at != nullptr)
    std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(at))
        .store(head, std::memory_order_release);
  else if (!memory_.write(address, std::as_bytes(std::span(&head, 1))))
    ++drops_.bad_address;
}

}  // namespace ixyflow::model
