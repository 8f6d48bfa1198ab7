#include "tools/ixgbe-model/card/receive/pools.hpp"

#include "tools/ixgbe-model/card/receive/queue_layout.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;
namespace vtctl = bits::vtctl;
namespace vmolr = bits::vmolr;

constexpr PoolSet pool_bit(std::uint32_t pool) noexcept {
  return PoolSet{1} << pool;
}

}  // namespace

Pools::Pools(RegisterFile& file, const Filters& filters) : file_(file), filters_(filters) {
  file_.plain({reg::kVtCtl});
  file_.plain({reg::kVtSwitch});
  for (const reg::Range range : {reg::kVfReceive, reg::kVmolr, reg::kVlvf, reg::kVlvfPools})
    file_.plain(range);
}

bool Pools::on() const noexcept {
  return (file_.get(reg::kVtCtl) & vtctl::kEnable) != 0 && layout_of(file_.get(reg::kMrqc)).pool_queues != 0;
}

bool Pools::loops_back() const noexcept {
  return (file_.get(reg::kVtSwitch) & bits::vtswitch::kLoopBack) != 0 && on();
}

// The pools whose VMOLR has the bit.
PoolSet Pools::asked_for(std::uint32_t mode_bit) const noexcept {
  PoolSet pools = 0;
  for (std::uint32_t pool = 0; pool < reg::kVmolr.count; ++pool)
    if ((file_.get(reg::kVmolr.at(pool)) & mode_bit) != 0) pools |= pool_bit(pool);
  return pools;
}

PoolSet Pools::by_address(std::span<const std::byte> frame) const noexcept {
  PoolSet pools = filters_.pools_of_address(frame);
  switch (cast_of(frame)) {
    case Cast::unicast:
      if (filters_.in_table(frame, reg::kUta)) pools |= asked_for(vmolr::kUnicastTable);
      return pools;
    case Cast::broadcast:
      return pools | asked_for(vmolr::kBroadcast);
    case Cast::multicast:
      break;
  }
  if (filters_.in_table(frame, reg::kMta)) pools |= asked_for(vmolr::kMulticastTable);
  return pools | asked_for(vmolr::kMulticastAll);
}

// Untagged frames go to pools that accept them; tagged ones to those of their VLAN, while VLANs are filtered.
PoolSet Pools::by_vlan(const FrameInfo& info) const noexcept {
  if (!info.has(packet_type::kVlan)) return asked_for(vmolr::kUntagged);
  if ((file_.get(reg::kVlnCtrl) & bits::vlnctrl::kFilter) == 0) return ~PoolSet{0};
  PoolSet pools = 0;
  for (std::uint32_t i = 0; i < reg::kVlvf.count; ++i) {
    const std::uint32_t entry = file_.get(reg::kVlvf.at(i));
    if ((entry & bits::vlvf::kValid) == 0 || field(entry, 0, 12) != field(info.vlan, 0, 12)) continue;
    pools |= file_.get(reg::kVlvfPools.at(2 * i)) | PoolSet{file_.get(reg::kVlvfPools.at(2 * i + 1))} << 32;
  }
  return pools;
}

PoolSet Pools::enabled() const noexcept {
  return file_.get(reg::kVfReceive.at(0)) | PoolSet{file_.get(reg::kVfReceive.at(1))} << 32;
}

PoolSet Pools::default_pool() const noexcept {
  const std::uint32_t control = file_.get(reg::kVtCtl);
  return (control & vtctl::kNoDefaultPool) != 0 ? 0 : pool_bit(field(control, 7, 6));
}

PoolSet Pools::receivers(std::span<const std::byte> frame, const FrameInfo& info) const noexcept {
  PoolSet pools = by_address(frame);
  // Without replication, what is for several goes to the default pool alone.
  const bool replicated =
      (file_.get(reg::kVtCtl) & vtctl::kReplication) != 0 || cast_of(frame) == Cast::unicast;
  if (pools == 0 || !replicated) pools = default_pool();
  return pools & by_vlan(info) & enabled();
}

Pools::Switched Pools::switched(std::span<const std::byte> frame, const FrameInfo& info,
                                std::uint32_t queue) const noexcept {
  const PoolSet source = pool_bit(queue / layout_of(file_.get(reg::kMrqc)).pool_queues);
  const PoolSet pools = by_address(frame) & by_vlan(info) & enabled() & ~source;
  return {.pools = pools, .wire = pools == 0 || cast_of(frame) != Cast::unicast};
}

}  // namespace ixyflow::model
