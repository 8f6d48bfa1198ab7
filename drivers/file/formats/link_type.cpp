#include "drivers/file/formats/link_type.hpp"

#include <algorithm>

#include "core/net/protocol_numbers.hpp"

namespace ixyflow::drivers {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint32_t number_at(Bytes bytes, std::size_t offset, std::size_t size) noexcept {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes.subspan(offset, size)) value = value << 8 | byte;
  return value;
}

/// Destination and source are 0 until somebody fills them in.
EthernetFront front(std::uint32_t type, std::size_t replaced) noexcept {
  EthernetFront result{.header = {}, .replaced = replaced};
  result.header[12] = static_cast<std::uint8_t>(type >> 8);
  result.header[13] = static_cast<std::uint8_t>(type);
  return result;
}

std::optional<EthernetFront> of_ip(std::size_t version, std::size_t replaced) noexcept {
  if (version == 4) return front(static_cast<std::uint16_t>(EtherType::ipv4), replaced);
  if (version == 6) return front(static_cast<std::uint16_t>(EtherType::ipv6), replaced);
  return std::nullopt;
}

std::optional<EthernetFront> of_raw(Bytes frame) noexcept {
  return frame.empty() ? std::nullopt : of_ip(frame[0] >> 4, 0);
}

/// LINKTYPE_NULL and LINKTYPE_LOOP: AF_INET is 2 everywhere, AF_INET6 what each system has chosen.
std::optional<EthernetFront> of_family(Bytes frame, bool big_endian_only) noexcept {
  constexpr std::size_t kFamily = 4;
  if (frame.size() < kFamily) return std::nullopt;
  std::uint32_t family = number_at(frame, 0, kFamily);
  // No family is above 65,535: one that seems to be was written with its least significant byte first.
  if (!big_endian_only && family > 0xffff) family = __builtin_bswap32(family);
  switch (family) {
    case 2:
      return of_ip(4, kFamily);
    case 10:  // Linux
    case 23:  // Windows
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // macOS
      return of_ip(6, kFamily);
    default:
      return std::nullopt;
  }
}

/// Where the fields of a Linux cooked header are.
struct Cooked {
  std::size_t size;
  std::size_t protocol;
  std::size_t hardware;  ///< ARPHRD_...
  std::size_t packet_type;
  std::size_t packet_type_size;
  std::size_t address_length;
  std::size_t address_length_size;
  std::size_t address;
};
constexpr Cooked kSll{16, 14, 2, 0, 2, 4, 2, 6};
constexpr Cooked kSll2{20, 0, 8, 10, 1, 11, 1, 12};

std::optional<EthernetFront> of_cooked(const Cooked& cooked, Bytes frame, std::uint32_t original) noexcept {
  constexpr std::uint32_t kFrameRelay = 770, kRadiotap = 803, kNetlink = 824;
  constexpr std::uint32_t kNovell = 1, kLlc = 4, kFirstEtherType = 0x600, kLargestLength = 1500;
  constexpr std::uint32_t kBroadcast = 1;
  if (frame.size() < cooked.size) return std::nullopt;
  // What follows the headers of these devices, or has another meaning in the field of the protocol.
  const std::uint32_t hardware = number_at(frame, cooked.hardware, 2);
  if (hardware == kFrameRelay || hardware == kRadiotap || hardware == kNetlink) return std::nullopt;
  std::uint32_t protocol = number_at(frame, cooked.protocol, 2);
  // IEEE 802.3 frames have their length in the place of an EtherType.
  if (protocol == kNovell || protocol == kLlc)
    protocol = std::min(original - static_cast<std::uint32_t>(cooked.size), kLargestLength);
  else if (protocol < kFirstEtherType)
    return std::nullopt;
  EthernetFront result = front(protocol, cooked.size);
  constexpr std::size_t kAddress = 6;
  if (number_at(frame, cooked.packet_type, cooked.packet_type_size) == kBroadcast)
    std::fill_n(result.header.begin(), kAddress, std::uint8_t{0xff});
  if (number_at(frame, cooked.address_length, cooked.address_length_size) == kAddress)
    std::ranges::copy(frame.subspan(cooked.address, kAddress), result.header.begin() + kAddress);
  return result;
}

}  // namespace

std::optional<LinkType> known_link_type(std::uint32_t number) noexcept {
  switch (number) {
    case 12:  // what systems call it in memory, and some wrote into files
    case 14:
      return LinkType::raw;
    case 0:
    case 1:
    case 101:
    case 108:
    case 113:
    case 228:
    case 229:
    case 276:
      return static_cast<LinkType>(number);
    default:
      return std::nullopt;
  }
}

std::optional<EthernetFront> ethernet_front(LinkType type, Bytes frame, std::uint32_t original) noexcept {
  switch (type) {
    case LinkType::null:
      return of_family(frame, false);
    case LinkType::loop:
      return of_family(frame, true);
    case LinkType::raw:
    case LinkType::ipv4:
    case LinkType::ipv6:
      return of_raw(frame);
    case LinkType::sll:
      return of_cooked(kSll, frame, original);
    case LinkType::sll2:
      return of_cooked(kSll2, frame, original);
    case LinkType::ethernet:
      break;
  }
  return std::nullopt;
}

}  // namespace ixyflow::drivers
