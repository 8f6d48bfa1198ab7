#include "tools/ixgbe-model/card/frame/frame.hpp"

#include <algorithm>

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/frame/lengths.hpp"

namespace ixyflow::model {

namespace {

using namespace packet_type;

constexpr std::uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86DD;
constexpr std::uint8_t kHopByHop = 0, kTcpProtocol = 6, kUdpProtocol = 17, kRouting = 43, kFragment = 44;
constexpr std::uint8_t kDestination = 60, kSctpProtocol = 132;
constexpr int kMostExtensions = 8;

std::uint8_t byte_at(std::span<const std::byte> frame, std::size_t at) noexcept {
  return std::to_integer<std::uint8_t>(frame[at]);
}

/// The shortest header of a transport protocol that the card knows; 0 for others.
std::size_t transport_header(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case kTcpProtocol:
      return 20;
    case kUdpProtocol:
      return 8;
    case kSctpProtocol:
      return 12;
    default:
      return 0;
  }
}

void find_transport(std::uint8_t protocol, FrameInfo& info) noexcept {
  info.protocol = protocol;
  const std::size_t bytes = transport_header(protocol);
  if (bytes == 0 || info.fragment || info.payload + bytes > info.l3_end) return;
  info.l4 = info.payload;
  info.type |= protocol == kTcpProtocol ? kTcp : protocol == kUdpProtocol ? kUdp : kSctp;
}

void parse_ipv4(std::span<const std::byte> frame, std::size_t at, FrameInfo& info) noexcept {
  if (at + kIpv4Bytes > frame.size() || byte_at(frame, at) >> 4 != 4) return;
  const std::size_t header = 4U * (byte_at(frame, at) & 15U);
  const std::size_t total = load16(&frame[at + 2]);
  if (header < kIpv4Bytes || total < header || at + total > frame.size()) return;
  info.type |= kIpv4 | (header > kIpv4Bytes ? kIpv4Options : 0);
  info.l3 = static_cast<std::uint16_t>(at);
  info.payload = static_cast<std::uint16_t>(at + header);
  info.l3_end = static_cast<std::uint16_t>(at + total);
  info.ip_id = load16(&frame[at + 4]);
  const std::uint16_t fragment = load16(&frame[at + 6]);
  info.fragment = (fragment & 0x3FFF) != 0;
  info.first_fragment = info.fragment && (fragment & 0x1FFF) == 0;
  find_transport(byte_at(frame, at + 9), info);
}

void parse_ipv6(std::span<const std::byte> frame, std::size_t at, FrameInfo& info) noexcept {
  if (at + kIpv6Bytes > frame.size() || byte_at(frame, at) >> 4 != 6) return;
  const std::size_t end = at + kIpv6Bytes + load16(&frame[at + 4]);
  if (end > frame.size()) return;
  info.type |= kIpv6;
  info.l3 = static_cast<std::uint16_t>(at);
  info.l3_end = static_cast<std::uint16_t>(end);
  std::uint8_t next = byte_at(frame, at + 6);
  std::size_t here = at + kIpv6Bytes;
  for (int i = 0; i < kMostExtensions; ++i) {
    if (next != kHopByHop && next != kRouting && next != kDestination && next != kFragment) break;
    if (here + 8 > end) return;
    info.type |= kIpv6Extensions;
    if (next == kFragment) info.fragment = true;
    const std::size_t bytes = next == kFragment ? 8 : 8U * (byte_at(frame, here + 1) + 1U);
    next = byte_at(frame, here);
    here += bytes;
    if (here > end) return;
    if (info.fragment) break;
  }
  info.payload = static_cast<std::uint16_t>(here);
  find_transport(next, info);
}

std::uint64_t pseudo_header(std::span<const std::byte> frame, const FrameInfo& info) noexcept {
  const bool v4 = info.has(kIpv4);
  const std::span addresses = frame.subspan(info.l3 + (v4 ? 12U : 8U), v4 ? 8 : 32);
  const std::uint64_t protocol = info.has(kTcp) ? kTcpProtocol : kUdpProtocol;
  return internet_sum(addresses) + protocol + (info.l3_end - info.l4);
}

void check_transport(std::span<const std::byte> frame, const FrameInfo& info,
                     ChecksumReport& report) noexcept {
  const std::span segment = frame.subspan(info.l4, info.l3_end - info.l4);
  report.l4_checked = true;
  if (info.has(kSctp)) {
    const std::uint32_t sum = crc32c_with_hole(segment, 8);
    for (unsigned i = 0; i < 4; ++i) report.l4_wrong |= byte_at(segment, 8 + i) != (sum >> (8 * i) & 0xFF);
    return;
  }
  // A sender that leaves UDP over IPv4 without a checksum says so with 0: there is nothing to check.
  if (info.has(kUdp) && info.has(kIpv4) && load16(&segment[6]) == 0)
    report.l4_checked = false;
  else
    report.l4_wrong = fold(pseudo_header(frame, info) + internet_sum(segment)) != 0xFFFF;
}

}  // namespace

Cast cast_of(std::span<const std::byte> frame) noexcept {
  if ((std::to_integer<unsigned>(frame[0]) & 1U) == 0) return Cast::unicast;
  for (std::size_t i = 0; i < 6; ++i)
    if (frame[i] != std::byte{0xFF}) return Cast::multicast;
  return Cast::broadcast;
}

FrameInfo parse(std::span<const std::byte> frame, std::uint16_t vlan_type) noexcept {
  FrameInfo info;
  if (frame.size() < kEthernetBytes) return info;
  std::size_t at = kEthernetBytes;
  info.ether_type = load16(&frame[12]);
  if (info.ether_type == vlan_type && frame.size() >= kEthernetBytes + kVlanBytes) {
    info.type |= kVlan;
    info.vlan = load16(&frame[14]);
    info.ether_type = load16(&frame[16]);
    at += kVlanBytes;
  }
  if (info.ether_type == kEtherIpv4) parse_ipv4(frame, at, info);
  if (info.ether_type == kEtherIpv6) parse_ipv6(frame, at, info);
  return info;
}

ChecksumReport check(std::span<const std::byte> frame, const FrameInfo& info) noexcept {
  ChecksumReport report;
  if (info.has(kIpv4)) {
    report.ip_checked = true;
    report.ip_wrong = fold(internet_sum(frame.subspan(info.l3, info.payload - info.l3))) != 0xFFFF;
  }
  if (info.l4 != 0) check_transport(frame, info, report);
  return report;
}

}  // namespace ixyflow::model
