#include "tools/ixgbe-model/card/receive/write_back.hpp"

namespace ixyflow::model {

namespace {

// Status bits, the same in both formats as far as the legacy one has them (7.1.5, 7.1.6.2): DD (descriptor
// done: it is the driver's again), EOP (end of packet), VP, UDPCS, L4I, IPCS, PIF and UDPV.
constexpr std::uint32_t kDone = 1U << 0, kEnd = 1U << 1, kFlowMatched = 1U << 2, kVlanStripped = 1U << 3,
                        kUdpChecked = 1U << 4;
constexpr std::uint32_t kStamped = 1U << 16;  // TS, of the advanced format
constexpr std::uint32_t kL4Checked = 1U << 5, kIpChecked = 1U << 6, kInexact = 1U << 7, kUdpValid = 1U << 10;
// The other error bits of the advanced format.
constexpr std::uint32_t kL4Error = 1U << 30, kIpError = 1U << 31;
// Those of the legacy format, within its byte.
constexpr std::uint32_t kLegacyMacError = 1U << 0, kLegacyL4Error = 1U << 6, kLegacyIpError = 1U << 7;

constexpr std::uint32_t kSplitHeader = 1U << 31;  // SPH

std::uint32_t status_of(const Report& report) noexcept {
  std::uint32_t status = kDone | kEnd;
  if (report.stripped) status |= kVlanStripped;
  if (report.inexact) status |= kInexact;
  if (report.choice.flow_matched) status |= kFlowMatched;
  if (report.checksums.ip_checked) status |= kIpChecked;
  if (report.checksums.l4_checked) status |= kL4Checked;
  if (report.checksums.l4_checked && report.info.has(packet_type::kUdp)) status |= kUdpChecked;
  return status;
}

std::uint32_t errors_of(const Report& report) noexcept {
  std::uint32_t errors = report.errors;
  if (report.checksums.ip_checked && report.checksums.ip_wrong) errors |= kIpError;
  if (report.checksums.l4_checked && report.checksums.l4_wrong) errors |= kL4Error;
  return errors;
}

std::uint32_t type_of(const Report& report) noexcept {
  if (!report.choice.ether_filter) return report.info.type;
  return packet_type::kL2 | (report.info.type & packet_type::kVlan) | *report.choice.ether_filter;
}

std::uint64_t second_half(const Report& report) noexcept {
  if (report.hash_instead || report.choice.rss_type == kMatchedType) return report.choice.hash;
  return std::uint64_t{report.fragment_sum} << 16 | report.info.ip_id;
}

}  // namespace

Descriptor advanced_write_back(const Report& report, std::uint32_t length, bool last) noexcept {
  std::uint64_t low =
      report.choice.rss_type | std::uint64_t{type_of(report)} << 4 | second_half(report) << 32;
  if (report.header_bytes != 0) low |= std::uint64_t{report.header_bytes} << 21 | kSplitHeader;
  std::uint64_t high = std::uint64_t{length} << 32;
  if (!last) return {low, high | kDone};
  std::uint32_t status = status_of(report) | errors_of(report);
  if (report.udp_sum_present) status |= kUdpValid;
  if (report.stamped) status |= kStamped;
  high |= status;
  if (report.stripped) high |= std::uint64_t{report.info.vlan} << 48;
  return {low, high};
}

Descriptor legacy_write_back(const Report& report, std::uint64_t address, std::uint32_t length,
                             bool last) noexcept {
  std::uint64_t high = length | std::uint64_t{report.fragment_sum} << 16;
  if (!last) return {address, high | std::uint64_t{kDone} << 32};
  const std::uint32_t errors = errors_of(report);
  std::uint64_t legacy_errors = 0;
  if ((errors & kMacError) != 0) legacy_errors |= kLegacyMacError;
  if ((errors & kL4Error) != 0) legacy_errors |= kLegacyL4Error;
  if ((errors & kIpError) != 0) legacy_errors |= kLegacyIpError;
  high |= std::uint64_t{status_of(report)} << 32 | legacy_errors << 40;
  if (report.stripped) high |= std::uint64_t{report.info.vlan} << 48;
  return {address, high};
}

}  // namespace ixyflow::model
