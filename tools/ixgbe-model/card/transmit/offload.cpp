#include "tools/ixgbe-model/card/transmit/offload.hpp"

#include "tools/ixgbe-model/card/frame/checksums.hpp"
#include "tools/ixgbe-model/card/frame/lengths.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;

constexpr std::size_t kIpv4ChecksumAt = 10;

/// Where the checksum stands in the transport header, and how many bytes it has.
struct Place {
  std::size_t at;
  std::size_t bytes;
};
constexpr Place place_of(OffloadContext::L4 l4) noexcept {
  switch (l4) {
    case OffloadContext::L4::tcp:
      return {16, 2};
    case OffloadContext::L4::sctp:
      return {8, 4};
    default:
      return {6, 2};
  }
}

}  // namespace

// 7.2.3.2.3: IPLEN 8:0, MACLEN 15:9, VLAN 31:16 of the first word; TUCMD 19:9, L4LEN 47:40, MSS 63:48 of the
// second.
OffloadContext context_of(std::uint64_t low, std::uint64_t high) noexcept {
  OffloadContext context;
  context.valid = true;
  context.ip_bytes = static_cast<std::uint16_t>(field(low, 0, 9));
  context.mac_bytes = static_cast<std::uint16_t>(field(low, 9, 7));
  context.vlan = static_cast<std::uint16_t>(field(low, 16, 16));
  context.ipv4 = field(high, 10, 1) != 0;
  context.l4 = static_cast<OffloadContext::L4>(field(high, 11, 2));
  context.l4_bytes = static_cast<std::uint16_t>(field(high, 40, 8));
  context.segment = static_cast<std::uint16_t>(field(high, 48, 16));
  return context;
}

bool insert_ip_checksum(std::span<std::byte> frame, const OffloadContext& context) noexcept {
  if (context.ip_bytes < kIpv4Bytes || context.l4_at() > frame.size()) return false;
  const std::span header = frame.subspan(context.mac_bytes, context.ip_bytes);
  // The field is part of the sum: the driver has put 0 there.
  store16(&header[kIpv4ChecksumAt], static_cast<std::uint16_t>(~fold(internet_sum(header))));
  return true;
}

bool insert_l4_checksum(std::span<std::byte> frame, const OffloadContext& context,
                        std::uint32_t add) noexcept {
  const Place place = place_of(context.l4);
  if (context.l4 == OffloadContext::L4::reserved || context.l4_at() + place.at + place.bytes > frame.size())
    return false;
  const std::span segment = frame.subspan(context.l4_at());
  if (context.l4 == OffloadContext::L4::sctp) {
    const std::uint32_t sum = crc32c_with_hole(segment, place.at);
    for (unsigned i = 0; i < 4; ++i) segment[place.at + i] = static_cast<std::byte>(sum >> (8 * i));
    return true;
  }
  auto sum = static_cast<std::uint16_t>(~fold(internet_sum(segment) + add));
  if (sum == 0 && context.l4 == OffloadContext::L4::udp) sum = 0xFFFF;  // 0 would say that there is none
  store16(&segment[place.at], sum);
  return true;
}

bool insert_legacy_checksum(std::span<std::byte> frame, std::size_t start, std::size_t at) noexcept {
  if (start >= frame.size() || at + 2 > frame.size()) return false;
  store16(&frame[at], static_cast<std::uint16_t>(~fold(internet_sum(frame.subspan(start)))));
  return true;
}

void insert_vlan(std::vector<std::byte>& frame, std::uint16_t ether_type, std::uint16_t tag) {
  std::byte bytes[4];
  store16(bytes, ether_type);
  store16(bytes + 2, tag);
  frame.insert(frame.begin() + kMacAddresses, bytes, bytes + 4);
}

}  // namespace ixyflow::model
