#include <algorithm>
#include <cstring>
#include <utility>

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/receive/ptp.hpp"
#include "tools/ixgbe-model/card/receive/receive.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

/// The half of Receive that writes: frames into buffers, and the write-back of descriptors.
namespace ixyflow::model {

namespace {

using bits::field;

constexpr std::uint8_t kUdpProtocol = 17;
constexpr std::uint32_t kEndStatus = 1U << 1;  // EOP

/// Status (19:0) and error bits (31:20) of the advanced format, where the legacy one has them.
constexpr std::uint64_t legacy_errors(std::uint32_t bits) noexcept {
  return std::uint64_t{field(bits, 0, 8)} << 32 | std::uint64_t{field(bits, 24, 8)} << 40;
}

}  // namespace

Report Receive::report_of(const Arrival& arrival) noexcept {
  const std::uint32_t control = file_.get(reg::kRxCsum);
  const FrameInfo& info = arrival.info;
  Report report{.info = info, .choice = arrival.choice};
  report.hash_instead = (control & bits::rxcsum::kHashInstead) != 0;
  report.inexact = arrival.inexact;
  report.stripped = arrival.stripped;
  report.stamped = time_.stamps_received() &&
                   is_to_be_stamped(arrival.frame, info, arrival.choice.ptp, file_.get(reg::kTsyncRxCtl),
                                    file_.get(reg::kRxMtrl)) &&
                   time_.stamp_received();
  if (arrival.bad_length)
    report.errors = kMacError;
  else
    report.checksums = check(arrival.frame, info);
  if (faults_.rx_zero_udp && info.has(packet_type::kUdp) && !report.checksums.l4_checked)
    report.checksums.l4_checked = report.checksums.l4_wrong = true;
  if (report.checksums.ip_wrong || report.checksums.l4_wrong) statistics_.add(Count::checksum_errors);
  if (!report.hash_instead && (control & bits::rxcsum::kFragmentChecksum) != 0 && info.fragment &&
      info.has(packet_type::kIpv4)) {
    const std::span payload = arrival.frame.subspan(info.payload, info.l3_end - info.payload);
    report.fragment_sum = fold(internet_sum(payload));
    report.udp_sum_present = info.first_fragment && info.protocol == kUdpProtocol && payload.size() >= 8 &&
                             load16(&payload[6]) != 0;
  }
  return report;
}

void Receive::write(Queue& queue, const Arrival& arrival) noexcept {
  Report report = report_of(arrival);
  Filled& filled = filled_[queue.index];
  if (filled.count + descriptors_for(arrival) > kBatch) flush(queue);
  if (!filled.touched) {
    filled.touched = true;
    touched_.push_back(queue.index);
  }
  std::span header = arrival.stored.first(arrival.header);
  std::span left = arrival.stored.subspan(arrival.header);
  do {
    const std::span part = left.first(std::min<std::size_t>(left.size(), arrival.buffer));
    left = left.subspan(part.size());
    write_descriptor(queue, report, header, part, left.empty());
    header = {};
  } while (!left.empty());
  ++filled.counts.packets;
  filled.counts.bytes += arrival.stored.size();
}

void Receive::write_descriptor(Queue& queue, Report& report, std::span<const std::byte> header,
                               std::span<const std::byte> bytes, bool last) noexcept {
  Filled& filled = filled_[queue.index];
  const std::uint32_t index = queue.ring.wrap(queue.head + filled.count);
  Descriptor given;
  if (!queue.ring.load(memory_, index, given) || !copy(given.low, bytes) || !copy(given.high, header))
    ++drops_.bad_address;
  report.header_bytes = static_cast<std::uint16_t>(header.size());
  auto length = static_cast<std::uint32_t>(bytes.size());
  if (faults_.rx_length.take()) length = faults_.rx_length.value;
  const bool legacy = field(split_control(queue), 25, 3) == 0;
  Descriptor done =
      legacy ? legacy_write_back(report, given.low, length, last) : advanced_write_back(report, length, last);
  if (faults_.rx_no_end.take()) done.high &= ~(std::uint64_t{kEndStatus} << (legacy ? 32 : 0));
  if (faults_.rx_errors.take())
    done.high |= legacy ? legacy_errors(faults_.rx_errors.value) : faults_.rx_errors.value;
  filled.descriptors[filled.count++] = done;
}

bool Receive::copy(std::uint64_t address, std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return true;
  std::byte* const to = memory_.at(address, bytes.size());
  if (to == nullptr) return memory_.write(address, bytes);
  std::memcpy(to, bytes.data(), bytes.size());
  return true;
}

void Receive::count(std::uint32_t index, const Counts& more) noexcept {
  statistics_.received(index, more.packets, more.bytes);
  statistics_.add(Count::dma_rx, more.packets);
  statistics_.add(Count::dma_rx_bytes, more.bytes);
  counts_[index].packets += more.packets;
  counts_[index].bytes += more.bytes;
}

void Receive::flush(Queue& queue) noexcept {
  Filled& filled = filled_[queue.index];
  if (filled.count == 0) return;
  std::uint32_t index = queue.head;
  for (std::uint32_t i = 0; i < filled.count; ++i) {
    const Descriptor& descriptor = filled.descriptors[i];
    if (faults_.rx_reorder.take())
      late_writes_.add(now_ + LateWrites::kSoon, queue.ring, index, descriptor);
    else if (!queue.ring.store(memory_, index, descriptor))
      ++drops_.bad_address;
    if (faults_.rx_repeat.take()) late_writes_.add(now_ + LateWrites::kSoon, queue.ring, index, descriptor);
    index = queue.ring.wrap(index + 1);
  }
  queues_.advance(queue, filled.count);
  filled.count = 0;
  count(queue.index, std::exchange(filled.counts, {}));
  interrupts_.received(queue.index);
}

}  // namespace ixyflow::model
