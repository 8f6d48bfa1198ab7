#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"
#include "tools/ixgbe-model/card/transmit/descriptor_bits.hpp"
#include "tools/ixgbe-model/card/transmit/transmit.hpp"

/// The half of Transmit that turns a packet of the driver into frames.
namespace ixyflow::model {

namespace {

using bits::field;

constexpr std::size_t kSmallest = 60;     // 64 with the FCS: what HLREG0.TXPADEN pads to
constexpr std::size_t kShortest = 17;     // 8.2.3.22.8, 7.2.1: what the card takes without padding
constexpr std::size_t kLongest = 15'872;  // 1.3: jumbo frames of up to 15.5 KiB

}  // namespace

Transmit::Sent Transmit::drop(std::uint64_t& reason) noexcept {
  ++reason;
  return Sent::dropped;
}

Segmentation::FlagMasks Transmit::flag_masks() const noexcept {
  const std::uint32_t low = file_.get(reg::kDtxtcpflgl);
  return {.first = static_cast<std::uint16_t>(field(low, 0, 12)),
          .middle = static_cast<std::uint16_t>(field(low, 16, 12)),
          .last = static_cast<std::uint16_t>(field(file_.get(reg::kDtxtcpflgh), 0, 12))};
}

Transmit::Sent Transmit::send(State& state) noexcept {
  const bool ended = (descriptors_.back().high & descriptor::kEnd) != 0;
  if (packet_.size() < kEthernetBytes || !ended) return drop(drops_.malformed);
  const std::uint64_t command = descriptors_.front().high;
  if ((command & descriptor::kExtended) == 0) return send_legacy();
  if (field(command, 20, 4) != descriptor::kDataType) return drop(drops_.malformed);
  const OffloadContext& context = state.contexts[field(command, 36, 1)];
  const Sent sent =
      (command & descriptor::kSegment) != 0 ? send_large(state, context) : send_advanced(context);
  if (sent == Sent::yes && (command & descriptor::kTimeStamp) != 0) time_.stamp_sent();
  return sent;
}

std::vector<std::byte>& Transmit::changeable() noexcept {
  frame_.assign(packet_.begin(), packet_.end());
  return frame_;
}

Transmit::Sent Transmit::send_legacy() noexcept {
  const std::uint64_t command = descriptors_.back().high;
  if (packet_.size() > kLongest) return drop(drops_.too_long);
  const bool add_fcs = (command & descriptor::kInsertFcs) != 0;
  if ((command & (descriptor::kLegacyChecksum | descriptor::kInsertVlan)) == 0)
    return finish(packet_, add_fcs);
  std::vector<std::byte>& frame = changeable();
  if ((command & descriptor::kLegacyChecksum) != 0 &&
      !insert_legacy_checksum(frame, field(command, 40, 8), field(command, 16, 8)))
    return drop(drops_.malformed);
  if ((command & descriptor::kInsertVlan) != 0)
    insert_vlan(frame, vlan_type(), static_cast<std::uint16_t>(field(command, 48, 16)));
  return finish(frame, add_fcs);
}

Transmit::Sent Transmit::send_advanced(const OffloadContext& context) noexcept {
  const std::uint64_t command = descriptors_.front().high;
  if (packet_.size() > kLongest) return drop(drops_.too_long);
  const bool add_fcs = (command & descriptor::kInsertFcs) != 0;
  if ((command & (descriptor::kInsertVlan | descriptor::kIpChecksum | descriptor::kL4Checksum)) == 0)
    return finish(packet_, add_fcs);
  if (!context.valid) return drop(drops_.malformed);
  std::vector<std::byte>& frame = changeable();
  if ((command & descriptor::kIpChecksum) != 0 && !insert_ip_checksum(frame, context))
    return drop(drops_.malformed);
  if ((command & descriptor::kL4Checksum) != 0 && !insert_l4_checksum(frame, context, 0))
    return drop(drops_.malformed);
  if ((command & descriptor::kInsertVlan) != 0) insert_vlan(frame, vlan_type(), context.vlan);
  return finish(frame, add_fcs);
}

// Segments that went out stay out: when the wire is full, the rest follows at the next round.
Transmit::Sent Transmit::send_large(State& state, const OffloadContext& context) noexcept {
  const std::uint64_t command = descriptors_.front().high;
  const Segmentation segments(packet_, context, flag_masks());
  if (segments.count() == 0 || context.l4_at() + context.l4_bytes + context.segment > kLongest)
    return drop(drops_.malformed);
  while (state.segments_sent < segments.count()) {
    segments.build(state.segments_sent, (command & descriptor::kIpChecksum) != 0,
                   (command & descriptor::kL4Checksum) != 0, frame_);
    if ((command & descriptor::kInsertVlan) != 0) insert_vlan(frame_, vlan_type(), context.vlan);
    const Sent sent = finish(frame_, true);
    if (sent != Sent::yes) return sent;
    ++state.segments_sent;
  }
  state.segments_sent = 0;
  return Sent::yes;
}

// What the MAC does: padding, and the FCS, which on the model's wire nobody sees.
Transmit::Sent Transmit::finish(std::span<const std::byte> frame, bool add_fcs) noexcept {
  const std::uint32_t control = file_.get(reg::kHlreg0);
  if (!add_fcs || (control & bits::hlreg0::kTxCrc) == 0) {
    if (frame.size() < kEthernetBytes + kFcsBytes) return drop(drops_.malformed);
    const std::span body = frame.first(frame.size() - kFcsBytes);
    const std::uint32_t fcs = crc32(body);
    for (unsigned i = 0; i < kFcsBytes; ++i)
      if (frame[body.size() + i] != static_cast<std::byte>(fcs >> (8 * i))) return drop(drops_.bad_fcs);
    return put(body);
  }
  if (frame.size() >= kSmallest) return put(frame);
  if (frame.size() < kShortest && (control & bits::hlreg0::kTxPad) == 0) return drop(drops_.malformed);
  if ((control & bits::hlreg0::kTxPad) == 0) return put(frame);
  if (frame.data() != frame_.data()) frame_.assign(frame.begin(), frame.end());
  frame_.resize(kSmallest, std::byte{0});
  return put(frame_);
}

Transmit::Sent Transmit::put(std::span<const std::byte> frame) noexcept {
  if (!egress_.send_frame(frame, queue_)) return Sent::later;
  ++put_.packets;
  put_.bytes += frame.size();
  const auto bytes = static_cast<std::uint32_t>(frame.size() + kFcsBytes);
  statistics_.add(Count::total_tx);
  statistics_.add(Count::good_tx);
  statistics_.add(Count::good_tx_bytes, bytes);
  statistics_.add(Count::dma_tx);
  statistics_.add(Count::dma_tx_bytes, bytes);
  statistics_.add_size(Count::tx_64, bytes);
  const Cast cast = cast_of(frame);
  if (cast == Cast::broadcast) statistics_.add(Count::broadcast_tx);
  if (cast == Cast::multicast) statistics_.add(Count::multicast_tx);
  return Sent::yes;
}

}  // namespace ixyflow::model
