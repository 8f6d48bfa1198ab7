#include "tools/ixgbe-model/card/receive/receive.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/receive/header_split.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;

constexpr std::uint32_t kSmallest = 60;     // a frame of 64 bytes without its FCS
constexpr std::uint32_t kLongest = 1'514;   // one of 1,518
constexpr std::uint32_t kSplitHeaders = 2;  // SRRCTL.DESCTYPE: 2 and 5 have a header buffer
constexpr std::uint32_t kHeaderUnit = 64;   // of SRRCTL.BSIZEHEADER

}  // namespace

Receive::Receive(bool mapped, RegisterFile& file, GuestMemory& memory, Statistics& statistics,
                 InterruptUnit& interrupts, SystemTime& time, FaultSwitches& faults)
    : file_(file),
      memory_(memory),
      statistics_(statistics),
      interrupts_(interrupts),
      time_(time),
      faults_(faults),
      queues_(QueueBank::Direction::receive, mapped, file, *this),
      filters_(file),
      pools_(file, filters_),
      choice_(file),
      flow_director_(file, statistics),
      filled_(queue::kQueues) {
  touched_.reserve(queue::kQueues);
  changed_.reserve(kMaxFrame + kFcsBytes);
  file_.alias(reg::kSrrctlAlias,
              {queue::rx(0) + queue::kSplit, reg::kSrrctlAlias.count, reg::kRxQueuesLow.stride});
  file_.alias(reg::kDcaRxctrlAlias,
              {queue::rx(0) + queue::kDca, reg::kDcaRxctrlAlias.count, reg::kRxQueuesLow.stride});
}

void Receive::reset(std::span<const std::uint8_t, 6> mac) noexcept {
  queues_.reset();
  filters_.reset(mac);
  choice_.reset();
  flow_director_.reset();
  for (Filled& filled : filled_) filled.count = 0, filled.touched = false;
  touched_.clear();
}

bool Receive::enabled() const noexcept {
  return (file_.get(reg::kRxctrl) & bits::rxctrl::kEnable) != 0 &&
         (file_.get(reg::kSecRxCtrl) & bits::secctrl::kDisable) == 0;
}

void Receive::queue_starts(std::uint32_t index) noexcept {
  filled_[index].count = 0;
}

void Receive::queue_stops(std::uint32_t index, bool gone) noexcept {
  Queue& queue = queues_[index];
  if (!gone) flush(queue);
  filled_[index].count = 0;
  Descriptor next;
  if (faults_.late_write && queue.ring.count() != 0 && queue.ring.load(memory_, queue.head, next)) {
    constexpr std::uint64_t kDoneAndEnd = 3;
    late_writes_.add(now_ + LateWrites::kLate, queue.ring, queue.head,
                     {0, kDoneAndEnd | std::uint64_t{LateWrites::kPatternBytes} << 32}, next.low);
  }
}

void Receive::begin(Nanoseconds now) noexcept {
  now_ = now;
  late_writes_.poll(now, memory_);
  for (const std::uint32_t index : queues_.enabled()) queues_[index].ring.open(memory_);
}

void Receive::end() noexcept {
  for (const std::uint32_t index : touched_) {
    flush(queues_[index]);
    filled_[index].touched = false;
  }
  touched_.clear();
  for (const std::uint32_t index : queues_.enabled()) queues_[index].ring.close();
}

bool Receive::too_long(std::span<const std::byte> frame, const FrameInfo& info) const noexcept {
  const bool jumbo = (file_.get(reg::kHlreg0) & bits::hlreg0::kJumbo) != 0;
  const std::uint32_t limit = jumbo ? field(file_.get(reg::kMaxfrs), 16, 16) : kLongest + kFcsBytes;
  return frame.size() + kFcsBytes > limit + (info.has(packet_type::kVlan) ? kVlanBytes : 0);
}

// What the filters and the lengths say; nothing is counted yet.
void Receive::judge(Arrival& arrival) const noexcept {
  arrival.runt = arrival.frame.size() < kSmallest;
  arrival.bad_length = arrival.runt || too_long(arrival.frame, arrival.info);
  const Filters::Verdict verdict = filters_.judge(arrival.frame, arrival.info);
  arrival.passed = verdict.passed;
  arrival.inexact = verdict.inexact;
  arrival.wanted =
      verdict.passed && (!arrival.bad_length || (file_.get(reg::kFctrl) & bits::fctrl::kStoreBad) != 0);
}

void Receive::count_arrival(const Arrival& arrival) noexcept {
  const auto bytes = static_cast<std::uint32_t>(arrival.frame.size()) + kFcsBytes;
  statistics_.add(Count::total_rx);
  statistics_.add(Count::total_rx_bytes, bytes);
  if (!arrival.bad_length) {
    statistics_.add(Count::filtered_rx);
    statistics_.add(Count::filtered_rx_bytes, bytes);
  }
  if (!arrival.passed) {
    ++drops_.filtered;
    return;
  }
  if (arrival.bad_length) {
    statistics_.add(arrival.runt ? Count::undersize : Count::oversize);
    if (!arrival.wanted) ++(arrival.runt ? drops_.runt : drops_.oversize);
    return;
  }
  flow_director_.count(arrival.info, arrival.choice);
  // GPRC counts what is missed later, too: an erratum that Linux's driver subtracts again.
  statistics_.add(Count::good_rx);
  statistics_.add(Count::good_rx_bytes, bytes);
  statistics_.add_size(Count::rx_64, bytes);
  const Cast cast = cast_of(arrival.frame);
  if (cast == Cast::broadcast) statistics_.add(Count::broadcast_rx);
  if (cast == Cast::multicast) statistics_.add(Count::multicast_rx);
}

Receive::Outcome Receive::offer(std::span<const std::byte> frame, bool patient) noexcept {
  if (frame.size() < kEthernetBytes || frame.size() > kMaxFrame) {
    ++(frame.size() < kEthernetBytes ? drops_.runt : drops_.oversize);
    return Outcome::taken;
  }
  Arrival arrival = arrive(frame);
  judge(arrival);
  if (pools_.on() && arrival.passed)
    return offer_to_pools(arrival, pools_.receivers(frame, arrival.info), patient);
  if (arrival.wanted) choose(arrival);
  const Room room = arrival.wanted ? look_for_room(arrival) : Room::none_ever;
  if (room == Room::later && patient) return Outcome::wait;
  count_arrival(arrival);
  if (arrival.wanted) deliver(arrival, room);
  return Outcome::taken;
}

Receive::Arrival Receive::arrive(std::span<const std::byte> frame) const noexcept {
  const auto vlan_type = static_cast<std::uint16_t>(field(file_.get(reg::kVlnCtrl), 0, 16));
  return {.frame = frame, .info = parse(frame, vlan_type)};
}

// Takes the lowest pool out of the set, and finds the queue that the frame has there.
void Receive::aim(Arrival& arrival, PoolSet& pools) noexcept {
  arrival.pool = static_cast<std::uint32_t>(std::countr_zero(pools));
  pools &= pools - 1;
  choose(arrival);
}

void Receive::choose(Arrival& arrival) noexcept {
  arrival.choice = choice_.choose(arrival.frame, arrival.info, arrival.pool);
  flow_director_.choose(arrival.frame, arrival.info, arrival.choice);
}

// A frame that may wait does so until all have room: each gets it once.
Receive::Outcome Receive::offer_to_pools(Arrival& arrival, PoolSet pools, bool patient) noexcept {
  if (pools == 0) arrival.passed = arrival.wanted = false;
  for (PoolSet left = arrival.wanted && patient ? pools : 0; left != 0;) {
    aim(arrival, left);
    if (look_for_room(arrival) == Room::later) return Outcome::wait;
  }
  count_arrival(arrival);
  while (arrival.wanted && pools != 0) {
    aim(arrival, pools);
    deliver(arrival, look_for_room(arrival));
  }
  return Outcome::taken;
}

Pools::Switched Receive::switched(std::span<const std::byte> frame, std::uint32_t queue) const noexcept {
  if (!pools_.loops_back()) return {};
  return pools_.switched(frame, arrive(frame).info, queue);
}

void Receive::offer_inside(std::span<const std::byte> frame, PoolSet pools) noexcept {
  Arrival arrival = arrive(frame);
  arrival.passed = arrival.wanted = true;
  offer_to_pools(arrival, pools, false);
}

void Receive::deliver(Arrival& arrival, Room room) noexcept {
  Queue& queue = queues_[arrival.choice.queue];
  if (arrival.choice.dropped)
    ++drops_.by_flow_filter;
  else if (room == Room::now)
    write(queue, arrival);
  else
    drop(queue, room);
}

void Receive::drop(Queue& queue, Room room) noexcept {
  if (!queue.enabled)
    ++drops_.queue_disabled;
  else
    ++(room == Room::later ? drops_.no_descriptor : drops_.ring_too_small);
  if (!queue.enabled || (split_control(queue) & bits::srrctl::kDropEnable) != 0)
    statistics_.dropped(queue.index);
  else
    statistics_.add(Count::missed), interrupts_.other(bits::cause::kRxMiss);
}

// The frame as it is to stand in memory: without the VLAN tag, with the FCS, or as it came.
std::span<const std::byte> Receive::as_stored(Arrival& arrival, std::uint32_t control) noexcept {
  const bool add_fcs = (file_.get(reg::kRdrxctl) & bits::rdrxctl::kCrcStrip) == 0;
  arrival.stripped = (control & bits::dctl::kVlanStrip) != 0 && arrival.info.has(packet_type::kVlan);
  if (!add_fcs && !arrival.stripped) return arrival.frame;
  changed_.assign(arrival.frame.begin(), arrival.frame.end());
  if (add_fcs) {
    const std::uint32_t fcs = crc32(arrival.frame);
    for (unsigned i = 0; i < kFcsBytes; ++i) changed_.push_back(static_cast<std::byte>(fcs >> (8 * i)));
  }
  if (arrival.stripped)
    changed_.erase(changed_.begin() + kMacAddresses, changed_.begin() + kMacAddresses + kVlanBytes);
  return changed_;
}

// A header longer than its buffer is not split off.
void Receive::split(Arrival& arrival, std::uint32_t room) noexcept {
  std::uint32_t header =
      header_to_split(arrival.frame, arrival.info, file_.get(reg::kPsrtype.at(arrival.pool)));
  if (header != 0 && arrival.stripped) header -= kVlanBytes;
  if (header <= room) arrival.header = header;
}

std::uint32_t Receive::descriptors_for(const Arrival& arrival) noexcept {
  const std::size_t body = arrival.stored.size() - arrival.header;
  return std::max(static_cast<std::uint32_t>((body + arrival.buffer - 1) / arrival.buffer), 1U);
}

Receive::Room Receive::look_for_room(Arrival& arrival) noexcept {
  Queue& queue = queues_[arrival.choice.queue];
  if (!queue.enabled || arrival.choice.dropped) return Room::none_ever;
  arrival.header = 0;
  arrival.stored = as_stored(arrival, file_.get(queue.registers + queue::kControl));
  const std::uint32_t control = split_control(queue);
  arrival.buffer = std::max(field(control, 0, 5), 1U) * 1024;
  if (field(control, 25, 3) >= kSplitHeaders) split(arrival, field(control, 8, 6) * kHeaderUnit);
  const std::uint32_t needed = descriptors_for(arrival);
  if (needed >= queue.ring.count()) return Room::none_ever;
  return needed + filled_[queue.index].count <= queues_.available(queue) ? Room::now : Room::later;
}

}  // namespace ixyflow::model
