#include "tools/ixgbe-model/card/registers/unserved.hpp"

#include <iterator>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::bit;

constexpr std::string_view kPlaintext =
    "there is no security engine, as the fuse says: frames pass unchanged";

constexpr Unserved kUnserved[] = {
    // 8.2.3.12: LSECTXCTRL, LSECRXCTRL, IPSTXIDX, IPSRXIDX
    {{0x08A04}, 3U, "LinkSec (MACsec) is switched on for transmission", kPlaintext},
    {{0x08F04}, 3U << 2, "LinkSec (MACsec) is switched on for reception", kPlaintext},
    {{0x08900}, bit(0), "IPsec is switched on for transmission", kPlaintext},
    {{0x08E00}, bit(0), "IPsec is switched on for reception", kPlaintext},
    // FCBUFF, FCoE
    {{0x02418}, bit(0), "direct data placement of FCoE is set up", "nothing is placed, as the EEPROM says"},
    // 8.2.3.22.34: MFLCN.RPFCE
    {{reg::kMflcn}, bit(2), "priority flow control is switched on", "only PAUSE of the whole link is obeyed"},
    // 8.2.3.10.16: RTTBCNRC
    {{0x04984}, bit(31), "a rate limit of a transmit queue is set", "queues send as fast as they can"},
    // 8.2.3.9.2, 8.2.3.1.3: DMATXCTL.GDV, CTRL_EXT.EXTENDED_VLAN
    {{reg::kDmatxctl}, bit(3), "double VLAN tags are switched on", "only the first tag is looked at"},
    {{reg::kCtrlExt}, bit(26), "double VLAN tags are switched on", "only the first tag is looked at"},
    // 8.2.3.27: PFVFSPOOF, PFMRCTL, PFVMVIR
    {{0x08200, 8}, 0xFFFF, "a check of sources is switched on", "frames are sent whatever their source"},
    {{0x0F600, 4}, 0xF, "mirroring is switched on", "nothing is mirrored"},
    {{0x08000, 64}, 3U << 30, "a default VLAN tag of a pool is set", "frames are sent as they are"},
    // 8.2.3.24: WUFC
    {{0x05808}, 0xFF, "wake-up is switched on", "nothing wakes the machine up"},
    // 8.2.3.5: TCPTIMER.TCPCountEn
    {{0x0004C}, bit(9), "the TCP timer is switched on", "it raises no interrupt"},
};
static_assert(std::size(kUnserved) <= UnservedWatch::kMost);

}  // namespace

const Unserved* UnservedWatch::first_time(std::uint32_t offset, std::uint32_t value) noexcept {
  for (std::size_t i = 0; i < std::size(kUnserved); ++i) {
    const Unserved& unserved = kUnserved[i];
    if (!unserved.registers.contains(offset) || (value & unserved.bits) == 0 || told_[i]) continue;
    told_[i] = true;
    return &unserved;
  }
  return nullptr;
}

}  // namespace ixyflow::model
