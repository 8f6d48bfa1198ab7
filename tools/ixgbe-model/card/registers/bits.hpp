#pragma once

#include <cstdint>

/// Fields of the registers in registers.hpp, under the name of their register; sections as there.
namespace ixyflow::model::bits {

constexpr std::uint32_t bit(unsigned position) noexcept {
  return 1U << position;
}

/// Bits `low` to `low + width - 1` of `value`.
constexpr std::uint32_t field(std::uint64_t value, unsigned low, unsigned width) noexcept {
  return static_cast<std::uint32_t>((value >> low) & ((std::uint64_t{1} << width) - 1));
}

namespace ctrl {
inline constexpr std::uint32_t kMasterDisable = bit(2), kLinkReset = bit(3), kDeviceReset = bit(26);
}
namespace status {
inline constexpr std::uint32_t kMasterEnabled = bit(19);
}
namespace esdp {
inline constexpr std::uint32_t kPins = 0xFF;             ///< SDP0 to SDP7; directions stand 8 bits above
inline constexpr std::uint32_t kModulePresent = bit(2);  ///< SDP2: there is something in the SFP+ cage
inline constexpr std::uint32_t kSdp3 = bit(3);           ///< high: the transmit laser is off
inline constexpr std::uint32_t kSdp3IsOutput = bit(11);
}  // namespace esdp
namespace eec {
inline constexpr std::uint32_t kRequest = bit(6), kGrant = bit(7), kPresent = bit(8), kAutoReadDone = bit(9);
inline constexpr std::uint32_t kSize8KiWords = 7U << 11;
}  // namespace eec
namespace eerd {
inline constexpr std::uint32_t kStart = bit(0), kDone = bit(1);
}
namespace swsm {
inline constexpr std::uint32_t kSmbi = bit(0), kSwesmbi = bit(1);
}
namespace gpie {
inline constexpr std::uint32_t kMultipleMsix = bit(4), kOtherClearDisable = bit(5),
                               kAutoMaskExtended = bit(30);
}
/// Causes in EICR beside the 16 of the queues.
namespace cause {
inline constexpr std::uint32_t kQueues = 0xFFFF, kRxMiss = bit(17), kLinkChange = bit(20),
                               kTcpTimer = bit(30);
}  // namespace cause
namespace eitr {
inline constexpr std::uint32_t kCounterWriteDisable = bit(31);
}
namespace fctrl {
inline constexpr std::uint32_t kStoreBad = bit(1), kMulticastAll = bit(8), kUnicastAll = bit(9),
                               kBroadcast = bit(10);
}
namespace vlnctrl {
inline constexpr std::uint32_t kCfi = bit(28), kCfiFilter = bit(29), kFilter = bit(30);
}
namespace mcstctrl {
inline constexpr std::uint32_t kFilter = bit(2);
}
namespace rxcsum {
inline constexpr std::uint32_t kFragmentChecksum = bit(12), kHashInstead = bit(13);
}
namespace rah {
inline constexpr std::uint32_t kValid = bit(31);
}
namespace mrqc {
inline constexpr std::uint32_t kTcpIpv4 = bit(16), kIpv4 = bit(17), kIpv6 = bit(20), kTcpIpv6 = bit(21);
inline constexpr std::uint32_t kUdpIpv4 = bit(22), kUdpIpv6 = bit(23);
}  // namespace mrqc
/// PSRTYPE (8.2.3.7.4).
namespace psrtype {
inline constexpr std::uint32_t kTcp = bit(4), kUdp = bit(5), kIpv4 = bit(8), kIpv6 = bit(9), kL2 = bit(12);
}
/// VT_CTL, PFDTXGSWC, PFVML2FLT and PFVLVF (8.2.3.27).
namespace vtctl {
inline constexpr std::uint32_t kEnable = bit(0), kNoDefaultPool = bit(29), kReplication = bit(30);
}
namespace vtswitch {
inline constexpr std::uint32_t kLoopBack = bit(0);
}
namespace vmolr {
inline constexpr std::uint32_t kUntagged = bit(24), kMulticastTable = bit(25), kUnicastTable = bit(26),
                               kBroadcast = bit(27), kMulticastAll = bit(28);
}
namespace vlvf {
inline constexpr std::uint32_t kValid = bit(31);
}
namespace etqf {
inline constexpr std::uint32_t kIeee1588 = bit(30), kEnable = bit(31);
}
/// TSYNCRXCTL and TSYNCTXCTL.
namespace tsync {
inline constexpr std::uint32_t kValid = bit(0), kEnable = bit(4);
}
namespace etqs {
inline constexpr std::uint32_t kQueueEnable = bit(31);
}
/// Bits 0 to 1 are the protocol, 2 to 4 the priority; what is set from 25 on is not compared.
namespace ftqf {
inline constexpr std::uint32_t kNoSource = bit(25), kNoDestination = bit(26), kNoSourcePort = bit(27),
                               kNoDestinationPort = bit(28), kNoProtocol = bit(29), kEnable = bit(31);
}
namespace synqf {
inline constexpr std::uint32_t kEnable = bit(0), kFirst = bit(31);
}
namespace fdirctrl {
inline constexpr std::uint32_t kInitDone = bit(3), kPerfect = bit(4), kReport = bit(5);
}
namespace fdircmd {
inline constexpr std::uint32_t kCommand = 3, kValid = bit(2), kClearTable = bit(8), kDrop = bit(9),
                               kQueueEnable = bit(15);
}
/// What is set is not compared.
namespace fdirm {
inline constexpr std::uint32_t kVlanId = bit(0), kVlanPriority = bit(1), kL4Type = bit(3), kFlexible = bit(4);
}
namespace rdrxctl {
inline constexpr std::uint32_t kCrcStrip = bit(1), kDmaInitDone = bit(3);
}
namespace rxctrl {
inline constexpr std::uint32_t kEnable = bit(0);
}
namespace dmatxctl {
inline constexpr std::uint32_t kEnable = bit(0);
}
/// RXDCTL (8.2.3.8.6) and TXDCTL (8.2.3.9.10).
namespace dctl {
inline constexpr std::uint32_t kEnable = bit(25), kWriteBackFlush = bit(26), kVlanStrip = bit(30);
}
namespace srrctl {
inline constexpr std::uint32_t kDropEnable = bit(28);
}
namespace tdwbal {
inline constexpr std::uint32_t kEnable = bit(0);
}
/// SECRXCTRL and SECTXCTRL: the security engine is off; the path is stopped.
namespace secctrl {
inline constexpr std::uint32_t kEngineOff = bit(0), kDisable = bit(1);
}
/// SECRXSTAT and SECTXSTAT: the stopped path is empty; there is no security engine (a fuse).
namespace secstat {
inline constexpr std::uint32_t kReady = bit(0), kNoEngine = bit(1);
}
namespace hlreg0 {
inline constexpr std::uint32_t kTxCrc = bit(0), kJumbo = bit(2), kTxPad = bit(10);
inline constexpr std::uint32_t kLoopback = bit(15);
}  // namespace hlreg0
namespace msca {
inline constexpr std::uint32_t kCommand = bit(30);
}
namespace mflcn {
inline constexpr std::uint32_t kPassControl = bit(0), kReceivePause = bit(3);
}  // namespace mflcn
namespace autoc {
inline constexpr std::uint32_t kForceUp = bit(0), kRestart = bit(12);
}
namespace links {
inline constexpr std::uint32_t kLatched = bit(7), kUp = bit(30), kSpeed10G = 3U << 28, kSpeed1G = 2U << 28;
}

}  // namespace ixyflow::model::bits
