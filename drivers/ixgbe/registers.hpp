#pragma once

#include <cstdint>

// Registers of the 82599 that this driver uses, with the section of the data sheet (Intel 82599 10 GbE
// Controller Datasheet, revision 3.3) that describes each, and of their fields only those in use. X540 and
// X550 have them at the same places. `n` is the number of a queue unless it says otherwise.
namespace ixyflow::drivers::ixgbe::reg {

constexpr std::uint32_t bit(unsigned number) noexcept {
  return std::uint32_t{1} << number;
}

// 8.2.3.1 General control
inline constexpr std::uint32_t kCtrl = 0x00000;
inline constexpr std::uint32_t kCtrlMasterDisable = bit(2);
inline constexpr std::uint32_t kCtrlLinkReset = bit(3);
inline constexpr std::uint32_t kCtrlReset = bit(26);
inline constexpr std::uint32_t kStatus = 0x00008;
inline constexpr std::uint32_t kStatusMasterEnabled = bit(19);
inline constexpr std::uint32_t kCtrlExt = 0x00018;
inline constexpr std::uint32_t kCtrlExtNoSnoopDisable = bit(16);
inline constexpr std::uint32_t kCtrlExtDriverLoaded = bit(28);
inline constexpr std::uint32_t kEsdp = 0x00020;
inline constexpr std::uint32_t kEsdpLaserOff = bit(3);  ///< SDP3 of SFP+ cards: high turns the laser off

// 8.2.3.2 EEPROM
inline constexpr std::uint32_t kEec = 0x10010;
inline constexpr std::uint32_t kEecAutoRead = bit(9);
inline constexpr std::uint32_t kEerd = 0x10014;
inline constexpr std::uint32_t kEerdStart = bit(0);
inline constexpr std::uint32_t kEerdDone = bit(1);
inline constexpr unsigned kEerdAddressShift = 2;
inline constexpr unsigned kEerdDataShift = 16;

// 8.2.3.3 Flow control
inline constexpr std::uint32_t kFccfg = 0x03d00;  ///< 0: we send no PAUSE
inline constexpr std::uint32_t kMflcn = 0x04294;
inline constexpr std::uint32_t kMflcnReceivePause = bit(3);
inline constexpr std::uint32_t kMflcnDiscardPause = bit(1);

// 8.2.3.5 Interrupts
inline constexpr std::uint32_t kEicr = 0x00800;
inline constexpr std::uint32_t kEimc = 0x00888;
constexpr std::uint32_t eimc_ex(unsigned i) noexcept {
  return 0x00ab0 + 4 * i;  // i: 0, 1
}

// 8.2.3.7 Receive
inline constexpr std::uint32_t kFctrl = 0x05080;
inline constexpr std::uint32_t kFctrlMulticastAll = bit(8);
inline constexpr std::uint32_t kFctrlUnicastAll = bit(9);
inline constexpr std::uint32_t kFctrlBroadcast = bit(10);
inline constexpr std::uint32_t kVlnctrl = 0x05088;
inline constexpr std::uint32_t kVlnctrlFilter = bit(30);
inline constexpr std::uint32_t kMcstctrl = 0x05090;
inline constexpr std::uint32_t kRxcsum = 0x05000;
inline constexpr std::uint32_t kRxcsumHashInDescriptor = bit(13);  ///< PCSD
constexpr std::uint32_t mta(unsigned i) noexcept {
  return 0x05200 + 4 * i;  // i: 0 to 127
}
constexpr std::uint32_t ral(unsigned i) noexcept {
  return 0x0a200 + 8 * i;  // i: 0 to 127
}
constexpr std::uint32_t rah(unsigned i) noexcept {
  return 0x0a204 + 8 * i;
}
inline constexpr std::uint32_t kRahValid = bit(31);
constexpr std::uint32_t mpsar(unsigned i) noexcept {
  return 0x0a600 + 4 * i;  // i: 0 to 255, two per address
}
constexpr std::uint32_t vfta(unsigned i) noexcept {
  return 0x0a000 + 4 * i;  // i: 0 to 127
}
inline constexpr std::uint32_t kMrqc = 0x05818;
inline constexpr std::uint32_t kMrqcRss = 1;  ///< MRQE: RSS alone
inline constexpr std::uint32_t kMrqcTcpIpv4 = bit(16);
inline constexpr std::uint32_t kMrqcIpv4 = bit(17);
inline constexpr std::uint32_t kMrqcIpv6 = bit(20);
inline constexpr std::uint32_t kMrqcTcpIpv6 = bit(21);
inline constexpr std::uint32_t kMrqcUdpIpv4 = bit(22);
inline constexpr std::uint32_t kMrqcUdpIpv6 = bit(23);
constexpr std::uint32_t reta(unsigned i) noexcept {
  return i < 32 ? 0x05c00 + 4 * i : 0x0ee80 + 4 * (i - 32);  // i: 0 to 31; X550: to 127
}
constexpr std::uint32_t rssrk(unsigned i) noexcept {
  return 0x05c80 + 4 * i;  // i: 0 to 9
}

// 8.2.3.8 Receive DMA
constexpr std::uint32_t receive_queue(unsigned n) noexcept {
  return n < 64 ? 0x01000 + 0x40 * n : 0x0d000 + 0x40 * (n - 64);
}
constexpr std::uint32_t rdbal(unsigned n) noexcept {
  return receive_queue(n);
}
constexpr std::uint32_t rdbah(unsigned n) noexcept {
  return receive_queue(n) + 0x04;
}
constexpr std::uint32_t rdlen(unsigned n) noexcept {
  return receive_queue(n) + 0x08;
}
constexpr std::uint32_t dca_rxctrl(unsigned n) noexcept {
  return receive_queue(n) + 0x0c;  // 8.2.3.11.1
}
inline constexpr std::uint32_t kDcaRxctrlReserved = bit(12);  ///< "must be set to 0", and is 1 after a reset
constexpr std::uint32_t rdh(unsigned n) noexcept {
  return receive_queue(n) + 0x10;
}
constexpr std::uint32_t srrctl(unsigned n) noexcept {
  return receive_queue(n) + 0x14;
}
inline constexpr std::uint32_t kSrrctlOneBuffer =
    bit(25);  ///< DESCTYPE 001b: advanced descriptor, one buffer
inline constexpr std::uint32_t kSrrctlDropEnable = bit(28);
constexpr std::uint32_t rdt(unsigned n) noexcept {
  return receive_queue(n) + 0x18;
}
constexpr std::uint32_t rxdctl(unsigned n) noexcept {
  return receive_queue(n) + 0x28;
}
inline constexpr std::uint32_t kRxdctlEnable = bit(25);
inline constexpr std::uint32_t kRxdctlVlanStrip = bit(30);
inline constexpr std::uint32_t kRdrxctl = 0x02f00;
inline constexpr std::uint32_t kRdrxctlCrcStrip = bit(1);
inline constexpr std::uint32_t kRdrxctlDmaInitDone = bit(3);
inline constexpr std::uint32_t kRdrxctlRscFirstSize = 0x1f << 17;
inline constexpr std::uint32_t kRdrxctlRscAckChange = bit(25);
inline constexpr std::uint32_t kRdrxctlFcoeWriteFix = bit(26);
inline constexpr std::uint32_t kRxctrl = 0x03000;
inline constexpr std::uint32_t kRxctrlEnable = bit(0);
inline constexpr std::uint32_t kSecrxctrl = 0x08d00;  // 8.2.3.12.5
inline constexpr std::uint32_t kSecrxctrlDisable = bit(1);
inline constexpr std::uint32_t kSecrxstat = 0x08d04;
inline constexpr std::uint32_t kSecrxstatReady = bit(0);

// 8.2.3.9 Transmit
constexpr std::uint32_t transmit_queue(unsigned n) noexcept {
  return 0x06000 + 0x40 * n;
}
constexpr std::uint32_t tdbal(unsigned n) noexcept {
  return transmit_queue(n);
}
constexpr std::uint32_t tdbah(unsigned n) noexcept {
  return transmit_queue(n) + 0x04;
}
constexpr std::uint32_t tdlen(unsigned n) noexcept {
  return transmit_queue(n) + 0x08;
}
constexpr std::uint32_t dca_txctrl(unsigned n) noexcept {
  return transmit_queue(n) + 0x0c;  // 8.2.3.11.2
}
inline constexpr std::uint32_t kDcaTxctrlRelaxedWriteBack = bit(11);
constexpr std::uint32_t tdh(unsigned n) noexcept {
  return transmit_queue(n) + 0x10;
}
constexpr std::uint32_t tdt(unsigned n) noexcept {
  return transmit_queue(n) + 0x18;
}
constexpr std::uint32_t txdctl(unsigned n) noexcept {
  return transmit_queue(n) + 0x28;
}
inline constexpr std::uint32_t kTxdctlEnable = bit(25);
inline constexpr unsigned kTxdctlHthreshShift = 8;
constexpr std::uint32_t tdwbal(unsigned n) noexcept {
  return transmit_queue(n) + 0x38;
}
constexpr std::uint32_t tdwbah(unsigned n) noexcept {
  return transmit_queue(n) + 0x3c;
}
inline constexpr std::uint32_t kTdwbalEnable = bit(0);
inline constexpr std::uint32_t kDmatxctl = 0x04a80;
inline constexpr std::uint32_t kDmatxctlEnable = bit(0);
inline constexpr std::uint32_t kDtxmxszrq = 0x08100;
inline constexpr std::uint32_t kRttdcs = 0x04900;  // 8.2.3.10.2
inline constexpr std::uint32_t kRttdcsArbiterDisable = bit(6);
constexpr std::uint32_t txpbsize(unsigned i) noexcept {
  return 0x0cc00 + 4 * i;  // i: traffic class, 0 to 7
}
constexpr std::uint32_t txpbthresh(unsigned i) noexcept {
  return 0x04950 + 4 * i;
}

// 8.2.3.22 MAC
inline constexpr std::uint32_t kHlreg0 = 0x04240;
inline constexpr std::uint32_t kHlreg0TransmitCrc = bit(0);
inline constexpr std::uint32_t kHlreg0StripCrc = bit(1);
inline constexpr std::uint32_t kHlreg0Jumbo = bit(2);
inline constexpr std::uint32_t kHlreg0Pad = bit(10);
inline constexpr std::uint32_t kMaxfrs = 0x04268;
inline constexpr unsigned kMaxfrsShift = 16;
inline constexpr std::uint32_t kAutoc = 0x042a0;
inline constexpr std::uint32_t kAutocRestart = bit(12);
inline constexpr std::uint32_t kLinks = 0x042a4;
inline constexpr std::uint32_t kLinksUp = bit(30);
inline constexpr unsigned kLinksSpeedShift = 28;  ///< two bits: 01b 100 Mbit/s, 10b 1 Gbit/s, 11b 10 Gbit/s

// 8.2.3.23 Statistics; all are cleared by reading
inline constexpr std::uint32_t kCrcerrs = 0x04000;
inline constexpr std::uint32_t kIllerrc = 0x04004;
inline constexpr std::uint32_t kErrbc = 0x04008;
constexpr std::uint32_t mpc(unsigned i) noexcept {
  return 0x03fa0 + 4 * i;  // i: packet buffer, 0 to 7
}
inline constexpr std::uint32_t kRlec = 0x04040;
inline constexpr std::uint32_t kLxonrxc = 0x041a4;
inline constexpr std::uint32_t kLxoffrxc = 0x041a8;
inline constexpr std::uint32_t kGprc = 0x04074;
inline constexpr std::uint32_t kGptc = 0x04080;
inline constexpr std::uint32_t kGorcl =
    0x04088;  ///< 36 bits with the next register, which must be read second
inline constexpr std::uint32_t kGorch = 0x0408c;
inline constexpr std::uint32_t kGotcl = 0x04090;
inline constexpr std::uint32_t kGotch = 0x04094;
inline constexpr std::uint32_t kRuc = 0x040a4;
inline constexpr std::uint32_t kRfc = 0x040a8;
inline constexpr std::uint32_t kRoc = 0x040ac;
inline constexpr std::uint32_t kRjc = 0x040b0;
constexpr std::uint32_t qprdc(unsigned i) noexcept {
  return 0x01430 + 0x40 * i;  // i: statistics counter, 0 to 15
}
constexpr std::uint32_t rqsmr(unsigned i) noexcept {
  return 0x02300 + 4 * i;  // i: 0 to 31, four queues each
}

}  // namespace ixyflow::drivers::ixgbe::reg
