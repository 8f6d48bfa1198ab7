#include "tools/ixgbe-model/card/receive/filters.hpp"

#include <cstring>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;

constexpr std::uint32_t kRahBits = 0x8003FFFF;   // 8.2.3.7.9: valid, address select, address
constexpr std::uint32_t kVlnCtrlReset = 0x8100;  // VET: the EtherType of 802.1Q

}  // namespace

Filters::Filters(RegisterFile& file) : file_(file) {
  file_.plain({reg::kFctrl});
  file_.plain({reg::kVlnCtrl}, kVlnCtrlReset);
  file_.plain({reg::kMcstCtrl});
  for (const reg::Range range : {reg::kMta, reg::kRal, reg::kVfta, reg::kUta, reg::kMpsar})
    file_.plain(range);
  file_.plain(reg::kRah, 0, kRahBits);
  file_.alias(reg::kRalAlias, reg::kRal);
  file_.alias(reg::kRahAlias, reg::kRah);
}

void Filters::reset(std::span<const std::uint8_t, 6> mac) noexcept {
  file_.set(reg::kRal.at(0),
            mac[0] | std::uint32_t{mac[1]} << 8 | std::uint32_t{mac[2]} << 16 | std::uint32_t{mac[3]} << 24);
  file_.set(reg::kRah.at(0), mac[4] | std::uint32_t{mac[5]} << 8 | bits::rah::kValid);
}

// Calls `visit` with the number of each receive address that matches, until it says that this is enough.
template <typename Visit>
void Filters::visit_matches(std::span<const std::byte> frame, Visit visit) const noexcept {
  std::uint32_t low;
  std::uint16_t high;
  std::memcpy(&low, frame.data(), 4);
  std::memcpy(&high, frame.data() + 4, 2);
  for (std::uint32_t i = 0; i < reg::kRal.count; ++i) {
    const std::uint32_t rah = file_.get(reg::kRah.at(i));
    if ((rah & bits::rah::kValid) != 0 && field(rah, 0, 16) == high && file_.get(reg::kRal.at(i)) == low &&
        visit(i))
      return;
  }
}

bool Filters::matches_address(std::span<const std::byte> frame) const noexcept {
  bool found = false;
  visit_matches(frame, [&](std::uint32_t) { return found = true; });
  return found;
}

std::uint64_t Filters::pools_of_address(std::span<const std::byte> frame) const noexcept {
  std::uint64_t pools = 0;
  visit_matches(frame, [&](std::uint32_t i) {
    pools |= file_.get(reg::kMpsar.at(2 * i)) | std::uint64_t{file_.get(reg::kMpsar.at(2 * i + 1))} << 32;
    return false;
  });
  return pools;
}

// 8.2.3.7.7, MCSTCTRL.MO: which 12 bits of the last two bytes of the address (bit 47 is the last on the wire)
// index the table.
bool Filters::in_table(std::span<const std::byte> frame, reg::Range table) const noexcept {
  const std::uint32_t control = file_.get(reg::kMcstCtrl);
  if ((control & bits::mcstctrl::kFilter) == 0) return false;
  const std::uint32_t last =
      std::to_integer<std::uint32_t>(frame[4]) | std::to_integer<std::uint32_t>(frame[5]) << 8;
  const unsigned offset = field(control, 0, 2);
  const std::uint32_t index = field(last, offset == 3 ? 0 : 4 - offset, 12);
  return (file_.get(table.at(index / 32)) >> (index % 32) & 1U) != 0;
}

Filters::Verdict Filters::by_table(std::span<const std::byte> frame, reg::Range table) const noexcept {
  const bool passed = in_table(frame, table);
  return {.passed = passed, .inexact = passed};
}

Filters::Verdict Filters::judge_address(std::span<const std::byte> frame) const noexcept {
  const std::uint32_t control = file_.get(reg::kFctrl);
  switch (cast_of(frame)) {
    case Cast::unicast:
      if ((control & bits::fctrl::kUnicastAll) != 0 || matches_address(frame)) return {.passed = true};
      return by_table(frame, reg::kUta);
    case Cast::broadcast:
      return {.passed = (control & (bits::fctrl::kBroadcast | bits::fctrl::kMulticastAll)) != 0};
    case Cast::multicast:
      break;
  }
  if ((control & bits::fctrl::kMulticastAll) != 0 || matches_address(frame)) return {.passed = true};
  return by_table(frame, reg::kMta);
}

bool Filters::passes_vlan(const FrameInfo& info) const noexcept {
  const std::uint32_t control = file_.get(reg::kVlnCtrl);
  if ((control & bits::vlnctrl::kFilter) == 0 || !info.has(packet_type::kVlan)) return true;
  if ((control & bits::vlnctrl::kCfiFilter) != 0 &&
      ((control & bits::vlnctrl::kCfi) != 0) != ((info.vlan & 0x1000) != 0))
    return false;
  const std::uint32_t id = field(info.vlan, 0, 12);
  return (file_.get(reg::kVfta.at(id / 32)) >> (id % 32) & 1U) != 0;
}

Filters::Verdict Filters::judge(std::span<const std::byte> frame, const FrameInfo& info) const noexcept {
  if (!passes_vlan(info)) return {};
  return judge_address(frame);
}

}  // namespace ixyflow::model
