#include <algorithm>

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"
#include "tools/ixgbe-model/card/transmit/offload.hpp"

namespace ixyflow::model {

namespace {

constexpr std::size_t kTcpSequenceAt = 4, kTcpFlagsAt = 12, kUdpLengthAt = 4;
constexpr std::size_t kIpv4LengthAt = 2, kIpv4IdAt = 4, kIpv6LengthAt = 4;
constexpr std::uint16_t kTcpFlagBits = 0x0FFF;

}  // namespace

Segmentation::Segmentation(std::span<const std::byte> packet, const OffloadContext& context,
                           FlagMasks masks) noexcept
    : packet_(packet), context_(context), masks_(masks), header_(context.l4_at() + context.l4_bytes) {
  const bool tcp = context.l4 == OffloadContext::L4::tcp;
  const bool fits = context.valid && (tcp || context.l4 == OffloadContext::L4::udp) && context.segment != 0 &&
                    context.ip_bytes >= (context.ipv4 ? kIpv4Bytes : kIpv6Bytes) &&
                    context.l4_bytes >= (tcp ? kTcpBytes : kUdpBytes) && header_ < packet.size();
  if (!fits) return;
  const std::size_t payload = packet.size() - header_;
  count_ = static_cast<std::uint32_t>((payload + context.segment - 1) / context.segment);
}

void Segmentation::edit_ip(std::span<std::byte> frame, std::uint32_t index) const noexcept {
  std::byte* const ip = &frame[context_.mac_bytes];
  const auto length = static_cast<std::uint32_t>(frame.size() - context_.mac_bytes);
  if (!context_.ipv4) {
    store16(ip + kIpv6LengthAt, length - std::uint32_t{kIpv6Bytes});
    return;
  }
  store16(ip + kIpv4LengthAt, length);
  store16(ip + kIpv4IdAt, load16(ip + kIpv4IdAt) + index);
}

void Segmentation::edit_l4(std::span<std::byte> frame, std::uint32_t index) const noexcept {
  std::byte* const l4 = &frame[context_.l4_at()];
  if (context_.l4 == OffloadContext::L4::udp) {
    store16(l4 + kUdpLengthAt, static_cast<std::uint32_t>(frame.size() - context_.l4_at()));
    return;
  }
  store32(l4 + kTcpSequenceAt, load32(l4 + kTcpSequenceAt) + index * context_.segment);
  // With one segment, it is the last: its flags stay.
  const std::uint16_t mask = index + 1 == count_ ? masks_.last : index == 0 ? masks_.first : masks_.middle;
  const std::uint32_t flags = load16(l4 + kTcpFlagsAt);
  store16(l4 + kTcpFlagsAt, flags & (std::uint32_t{mask} | ~std::uint32_t{kTcpFlagBits}));
}

void Segmentation::build(std::uint32_t index, bool ip_checksum, bool l4_checksum,
                         std::vector<std::byte>& frame) const {
  const std::size_t from = header_ + std::size_t{index} * context_.segment;
  const std::size_t bytes = std::min<std::size_t>(context_.segment, packet_.size() - from);
  const std::span header = packet_.first(header_);
  const std::span payload = packet_.subspan(from, bytes);
  frame.assign(header.begin(), header.end());
  frame.insert(frame.end(), payload.begin(), payload.end());
  edit_ip(frame, index);
  edit_l4(frame, index);
  if (ip_checksum && context_.ipv4) insert_ip_checksum(frame, context_);
  // The driver's pseudo header has no length: it differs from segment to segment (7.2.4).
  if (l4_checksum)
    insert_l4_checksum(frame, context_, static_cast<std::uint32_t>(frame.size() - context_.l4_at()));
}

}  // namespace ixyflow::model
