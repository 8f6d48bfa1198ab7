#include "tools/ixgbe-model/card/receive/tuple_filters.hpp"

#include <cstring>

#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;
namespace ftqf = bits::ftqf;

constexpr std::uint8_t kSynFlag = 2;
constexpr std::size_t kTcpFlagsAt = 13;

/// FTQF.Protocol of a frame: TCP, UDP, SCTP or another one.
std::uint32_t protocol_of(const FrameInfo& info) noexcept {
  if (info.has(packet_type::kTcp)) return 0;
  if (info.has(packet_type::kUdp)) return 1;
  return info.has(packet_type::kSctp) ? 2 : 3;
}

/// Registers of addresses and ports have the bytes of the frame in its order, the first one lowest.
template <class T>
T in_frame_order(std::span<const std::byte> frame, std::size_t at) noexcept {
  T value;
  std::memcpy(&value, &frame[at], sizeof value);
  return value;
}

}  // namespace

TupleFilters::TupleFilters(RegisterFile& file) : file_(file) {
  for (const reg::Range range : {reg::kSaqf, reg::kDaqf, reg::kSdpqf, reg::kL34Timir}) file_.plain(range);
  file_.owned(reg::kFtqf, *this);
  file_.owned({reg::kSynqf}, *this);
}

void TupleFilters::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  file_.set(offset, value);
  some_ = (file_.get(reg::kSynqf) & bits::synqf::kEnable) != 0;
  for (std::uint32_t i = 0; i < reg::kFtqf.count; ++i)
    some_ |= (file_.get(reg::kFtqf.at(i)) & ftqf::kEnable) != 0;
}

bool TupleFilters::matches(std::uint32_t index, std::span<const std::byte> frame,
                           const FrameInfo& info) const noexcept {
  const std::uint32_t filter = file_.get(reg::kFtqf.at(index));
  const auto compared = [filter](std::uint32_t mask) { return (filter & mask) == 0; };
  const auto ip = [&](std::size_t at) { return in_frame_order<std::uint32_t>(frame, info.l3 + at); };
  const auto port = [&](std::size_t at) { return in_frame_order<std::uint16_t>(frame, info.l4 + at); };
  if (compared(ftqf::kNoSource) && ip(kIpv4SourceAt) != file_.get(reg::kSaqf.at(index))) return false;
  if (compared(ftqf::kNoDestination) && ip(kIpv4DestinationAt) != file_.get(reg::kDaqf.at(index)))
    return false;
  if (compared(ftqf::kNoProtocol) && protocol_of(info) != field(filter, 0, 2)) return false;
  const bool ports = compared(ftqf::kNoSourcePort) || compared(ftqf::kNoDestinationPort);
  if (!ports) return true;
  const std::uint32_t wanted = file_.get(reg::kSdpqf.at(index));
  return info.l4 != 0 && (!compared(ftqf::kNoSourcePort) || port(0) == field(wanted, 0, 16)) &&
         (!compared(ftqf::kNoDestinationPort) || port(2) == field(wanted, 16, 16));
}

/// Of several that match, the one with the highest priority; priority 0 is none.
std::optional<std::uint32_t> TupleFilters::by_tuple(std::span<const std::byte> frame,
                                                    const FrameInfo& info) const noexcept {
  if (!info.has(packet_type::kIpv4)) return std::nullopt;
  std::uint32_t best = 0;
  std::optional<std::uint32_t> queue;
  for (std::uint32_t i = 0; i < reg::kFtqf.count; ++i) {
    const std::uint32_t filter = file_.get(reg::kFtqf.at(i));
    const std::uint32_t priority = field(filter, 2, 3);
    if ((filter & ftqf::kEnable) == 0 || priority <= best || !matches(i, frame, info)) continue;
    best = priority;
    queue = field(file_.get(reg::kL34Timir.at(i)), 21, 7);
  }
  return queue;
}

std::optional<std::uint32_t> TupleFilters::queue_of(std::span<const std::byte> frame,
                                                    const FrameInfo& info) const noexcept {
  if (!some_) return std::nullopt;
  const std::uint32_t syn = file_.get(reg::kSynqf);
  const bool is_syn = info.has(packet_type::kTcp) &&
                      (std::to_integer<std::uint8_t>(frame[info.l4 + kTcpFlagsAt]) & kSynFlag) != 0;
  const bool by_syn = is_syn && (syn & bits::synqf::kEnable) != 0;
  if (by_syn && (syn & bits::synqf::kFirst) != 0) return field(syn, 1, 7);
  const auto queue = by_tuple(frame, info);
  return queue || !by_syn ? queue : field(syn, 1, 7);
}

}  // namespace ixyflow::model
