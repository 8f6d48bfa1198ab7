#include "tools/ixgbe-model/card/control/statistics.hpp"

#include <algorithm>

#include "tools/ixgbe-model/card/registers/bits.hpp"
#include "tools/ixgbe-model/card/registers/queue_registers.hpp"

namespace ixyflow::model {

namespace {

enum class Part : std::uint8_t { whole, low, high };

/// A statistics register: 32 bits, or one half of 36.
struct Shown {
  std::uint32_t offset;
  Count count;
  Part part = Part::whole;
};

constexpr std::uint32_t kCrcErrs = 0x04000;
constexpr std::uint32_t kMissed = 0x03FA0;

constexpr Shown kShown[] = {
    {kCrcErrs, Count::crc_errors},
    {0x04004, Count::illegal_bytes},
    {kMissed, Count::missed},
    {0x04034, Count::local_faults},
    {0x04038, Count::remote_faults},
    {0x04040, Count::length_errors},
    {0x03F60, Count::xon_sent},
    {0x041A4, Count::xon_received},
    {0x03F68, Count::xoff_sent},
    {0x041A8, Count::xoff_received},
    {0x0405C, Count::rx_64},
    {0x04060, Count::rx_127},
    {0x04064, Count::rx_255},
    {0x04068, Count::rx_511},
    {0x0406C, Count::rx_1023},
    {0x04070, Count::rx_max},
    {0x04074, Count::good_rx},
    {0x04078, Count::broadcast_rx},
    {0x0407C, Count::multicast_rx},
    {0x04088, Count::good_rx_bytes, Part::low},
    {0x0408C, Count::good_rx_bytes, Part::high},
    {0x04080, Count::good_tx},
    {0x04090, Count::good_tx_bytes, Part::low},
    {0x04094, Count::good_tx_bytes, Part::high},
    {0x040A4, Count::undersize},
    {0x040A8, Count::fragments},
    {0x040AC, Count::oversize},
    {0x040B0, Count::jabber},
    {0x040C0, Count::total_rx_bytes, Part::low},
    {0x040C4, Count::total_rx_bytes, Part::high},
    {0x040D0, Count::total_rx},
    {0x040D4, Count::total_tx},
    {0x040D8, Count::tx_64},
    {0x040DC, Count::tx_127},
    {0x040E0, Count::tx_255},
    {0x040E4, Count::tx_511},
    {0x040E8, Count::tx_1023},
    {0x040EC, Count::tx_max},
    {0x040F0, Count::multicast_tx},
    {0x040F4, Count::broadcast_tx},
    {0x04120, Count::checksum_errors},
    {0x041B0, Count::filtered_rx},
    {0x041B4, Count::filtered_rx_bytes, Part::low},
    {0x041B8, Count::filtered_rx_bytes, Part::high},
    {0x02F50, Count::dma_rx},
    {0x02F54, Count::dma_rx_bytes, Part::low},
    {0x02F58, Count::dma_rx_bytes, Part::high},
    {0x087A0, Count::dma_tx},
    {0x087A4, Count::dma_tx_bytes, Part::low},
    {0x087A8, Count::dma_tx_bytes, Part::high},
    {0x0EE58, Count::flow_director_matches},
    {0x0EE5C, Count::flow_director_misses},
};

constexpr reg::Range kQptc{0x08680, Statistics::kQueueCounters};
constexpr reg::Range kQbtcLow{0x08700, Statistics::kQueueCounters, 8};
constexpr reg::Range kQbtcHigh{0x08704, Statistics::kQueueCounters, 8};

constexpr unsigned kByteCounterBits = 36;

constexpr reg::Range rx_range(std::uint32_t first_queue, std::uint32_t what) noexcept {
  return {queue::rx(first_queue) + what, Statistics::kQueueCounters, reg::kRxQueuesLow.stride};
}
constexpr reg::Range kQprc = rx_range(0, queue::kRxPackets);
constexpr reg::Range kQbrcLow = rx_range(0, queue::kRxBytesLow);
constexpr reg::Range kQbrcHigh = rx_range(0, queue::kRxBytesHigh);
constexpr reg::Range kQprdc = rx_range(queue::kRxDropsFirst, queue::kRxPackets);
constexpr reg::Range kQptcPage{queue::tx(0) + queue::kTxPackets, Statistics::kQueueCounters,
                               reg::kTxQueues.stride};

}  // namespace

Statistics::Statistics(RegisterFile& file, bool mapped) : file_(file), mapped_(mapped) {
  declare();
}

void Statistics::declare() {
  for (const Shown& shown : kShown) file_.owned({shown.offset}, *this);
  for (const reg::Range range : {kQptc, kQbtcLow, kQbtcHigh, kQprc, kQbrcLow, kQbrcHigh, kQprdc, kQptcPage})
    file_.owned(range, *this);
}

void Statistics::reset() noexcept {
  counts_ = {};
  rx_ = {};
  tx_ = {};
  sweeps_begin_at_crc_errors_ = false;
}

void Statistics::add_size(Count first, std::uint32_t bytes) noexcept {
  const std::size_t bin = bytes <= 64    ? 0
                          : bytes < 128  ? 1
                          : bytes < 256  ? 2
                          : bytes < 512  ? 3
                          : bytes < 1024 ? 4
                                         : 5;
  ++counts_[static_cast<std::size_t>(first) + bin];
}

std::uint32_t Statistics::set_of(reg::Range mapping, std::uint32_t queue) const noexcept {
  return bits::field(file_.get(mapping.at(queue / 4)), 8 * (queue % 4), 4);
}

void Statistics::received(std::uint32_t queue, std::uint64_t packets, std::uint64_t bytes) noexcept {
  QueueCounts& counts = rx_[set_of(reg::kRqsmr, queue)];
  counts.packets += packets;
  counts.bytes += bytes;
}

void Statistics::sent(std::uint32_t queue, std::uint64_t packets, std::uint64_t bytes) noexcept {
  QueueCounts& counts = tx_[set_of(reg::kTqsm, queue)];
  counts.packets += packets;
  counts.bytes += bytes;
}

void Statistics::dropped(std::uint32_t queue) noexcept {
  ++rx_[set_of(reg::kRqsmr, queue)].drops;
}

void Statistics::preset(std::uint64_t value) noexcept {
  counts_.fill(value);
  rx_.fill({value, value, value});
  tx_.fill({value, value, value});
}

std::uint32_t Statistics::take(std::uint64_t& counter, unsigned bits) noexcept {
  const std::uint64_t most = (std::uint64_t{1} << bits) - 1;
  const std::uint64_t value = wrap_ ? counter & most : std::min(counter, most);
  counter = 0;
  return static_cast<std::uint32_t>(value);
}

// A half takes away what it shows, no more: what is counted between the reads of the halves is in the next
// sum.
std::uint32_t Statistics::take_low(std::uint64_t& counter) noexcept {
  const std::uint64_t most = (std::uint64_t{1} << kByteCounterBits) - 1;
  counter = wrap_ ? counter & most : std::min(counter, most);
  const auto low = static_cast<std::uint32_t>(counter);
  counter -= low;
  return low;
}

std::uint32_t Statistics::take_high(std::uint64_t& counter) noexcept {
  const std::uint32_t high = bits::field(counter, 32, kByteCounterBits - 32);
  counter &= 0xFFFFFFFF;
  return high;
}

std::uint32_t Statistics::take_queue(std::uint32_t offset) noexcept {
  if (kQptc.contains(offset)) return take(tx_[kQptc.index_of(offset)].packets, 32);
  if (kQbtcLow.contains(offset)) return take_low(tx_[kQbtcLow.index_of(offset)].bytes);
  if (kQbtcHigh.contains(offset)) return take_high(tx_[kQbtcHigh.index_of(offset)].bytes);
  // On the queue pages something may be published; a trapped read takes that, too.
  const std::uint32_t published = file_.get(offset);
  file_.set(offset, 0);
  if (kQprc.contains(offset)) return published + take(rx_[kQprc.index_of(offset)].packets, 32);
  if (kQbrcLow.contains(offset)) return published + take_low(rx_[kQbrcLow.index_of(offset)].bytes);
  if (kQbrcHigh.contains(offset)) return published + take_high(rx_[kQbrcHigh.index_of(offset)].bytes);
  if (kQprdc.contains(offset)) return published + take(rx_[kQprdc.index_of(offset)].drops, 32);
  return published + take(tx_[kQptcPage.index_of(offset)].packets, 32);
}

void Statistics::publish() noexcept {
  for (std::uint32_t i = 0; i < kQueueCounters; ++i) {
    publish(kQprc.at(i), take(rx_[i].packets, 32));
    publish(kQbrcLow.at(i), take_low(rx_[i].bytes));
    publish(kQbrcHigh.at(i), take_high(rx_[i].bytes));
    publish(kQprdc.at(i), take(rx_[i].drops, 32));
    publish(kQptcPage.at(i), take(tx_[i].packets, 32));
  }
}

// A read of a mapped page cannot be seen, so a sweep of the driver over all counters is taken to begin where
// drivers begin it: at CRCERRS, or at MPC by those that never read CRCERRS.
void Statistics::begin_sweep(std::uint32_t offset) noexcept {
  if (!mapped_) return;
  if (offset == kCrcErrs) sweeps_begin_at_crc_errors_ = true;
  if (offset == kCrcErrs || (offset == kMissed && !sweeps_begin_at_crc_errors_)) publish();
}

std::uint32_t Statistics::read_register(std::uint32_t offset) noexcept {
  begin_sweep(offset);
  for (const Shown& shown : kShown) {
    if (shown.offset != offset) continue;
    std::uint64_t& counter = counts_[static_cast<std::size_t>(shown.count)];
    if (shown.part == Part::whole) return take(counter, 32);
    return shown.part == Part::low ? take_low(counter) : take_high(counter);
  }
  return take_queue(offset);
}

void Statistics::write_register(std::uint32_t, std::uint32_t) noexcept {}  // the card ignores it, too

}  // namespace ixyflow::model
