#include "tools/ixgbe-model/card/receive/ptp.hpp"

#include <optional>

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;

/// TSYNCRXCTL.Type.
enum Type : std::uint32_t { kEthernetV2, kUdpV1, kBothV2, kAll = 4, kEventsV2 = 5 };

constexpr std::size_t kHeader = 34;        // of a message of version 2; those of version 1 are longer
constexpr std::size_t kControlAt = 32;     // of version 1: which message it is
constexpr std::uint8_t kFirstGeneral = 8;  // message types below are events (IEEE 1588-2008, 13.3.2.2)

std::optional<std::size_t> message_at(std::span<const std::byte> frame, const FrameInfo& info,
                                      bool by_ether_type, std::uint32_t type, std::uint32_t port) noexcept {
  std::size_t at = 0;
  if (by_ether_type && type != kUdpV1)
    at = kEthernetBytes + (info.has(packet_type::kVlan) ? kVlanBytes : 0);
  else if (info.has(packet_type::kUdp) && type != kEthernetV2 && load16(&frame[info.l4 + 2]) == port)
    at = std::size_t{info.l4} + kUdpBytes;
  if (at == 0 || at + kHeader > frame.size()) return std::nullopt;
  return at;
}

}  // namespace

bool is_to_be_stamped(std::span<const std::byte> frame, const FrameInfo& info, bool by_ether_type,
                      std::uint32_t control, std::uint32_t messages) noexcept {
  const std::uint32_t type = field(control, 1, 3);
  if (type == kAll) return true;
  const auto at = message_at(frame, info, by_ether_type, type, field(messages, 16, 16));
  if (!at) return false;
  if (type == kUdpV1) return std::to_integer<std::uint32_t>(frame[*at + kControlAt]) == field(messages, 0, 8);
  const std::uint32_t message = std::to_integer<std::uint32_t>(frame[*at]) & 0xF;
  return type == kEventsV2 ? message < kFirstGeneral : message == field(messages, 8, 8);
}

}  // namespace ixyflow::model
