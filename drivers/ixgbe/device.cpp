// Reset, initialisation and the way back, in the order of section 4.6.3 of the data sheet. What the sheet
// leaves open is marked with the names of README.md: MISSING, CONTRADICTION, ASSUMPTION.

#include "drivers/ixgbe/device.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <thread>

#include "core/base/steady_clock.hpp"
#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"
#include "drivers/ixgbe/card_counters.hpp"
#include "drivers/ixgbe/registers.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr auto kLook = std::chrono::microseconds(20);
// MISSING times: the sheet has polls without a time limit; these are what other drivers found to be plenty.
constexpr milliseconds kResetTime{100};
constexpr milliseconds kEepromTime{1000};
constexpr milliseconds kDmaTime{1000};
constexpr milliseconds kQueueTime{100};
constexpr milliseconds kMasterTime{100};
constexpr milliseconds kReceiverTime{100};

struct Known {
  std::uint16_t id;
  Family family;
};
constexpr std::uint16_t kIntel = 0x8086;
// 82599: backplane, CX4, SFP+, T3, XAUI and others; X540-T; X550-T. No virtual functions.
constexpr std::array<Known, 20> kKnown{{
    {0x10f7, Family::i82599}, {0x10f8, Family::i82599}, {0x10f9, Family::i82599}, {0x10fb, Family::i82599},
    {0x10fc, Family::i82599}, {0x151c, Family::i82599}, {0x1507, Family::i82599}, {0x1514, Family::i82599},
    {0x1517, Family::i82599}, {0x1529, Family::i82599}, {0x152a, Family::i82599}, {0x154a, Family::i82599},
    {0x154d, Family::i82599}, {0x1557, Family::i82599}, {0x1558, Family::i82599}, {0x154f, Family::i82599},
    {0x1528, Family::x540},   {0x1560, Family::x540},   {0x1563, Family::x550},   {0x15d1, Family::x550},
}};

}  // namespace

std::optional<Family> family_of(std::uint16_t vendor, std::uint16_t device) noexcept {
  const auto found = std::ranges::find(kKnown, device, &Known::id);
  if (vendor != kIntel || found == kKnown.end()) return std::nullopt;
  return found->family;
}

std::string known_devices() {
  return "Intel 82599 (X520), X540 and X550";
}

bool Device::removed() {
  // The register has reserved bits that read as 0, so that no card in its slot reads like this.
  return read(reg::kStatus) == kAllOnes;
}

Result<void> Device::await(std::uint32_t offset, std::uint32_t bits, std::uint32_t value, milliseconds most,
                           const char* what) {
  const auto until = SteadyClock::now() + most;
  for (;;) {
    const bool late = SteadyClock::now() > until || TimeBudget::used_up();
    const std::uint32_t now = read(offset);
    if (now == kAllOnes && removed())
      return fail(ExitCode::unavailable, "the card does not answer: it was removed");
    if ((now & bits) == value) return {};
    // Looked at once more after the time is over: this thread may have slept through it.
    if (late) break;
    pause_for(kLook);
  }
  return fail(ExitCode::unavailable, fmt::format("{} (waited for {} ms)", what, most.count()));
}

/// 4.6.3.1
void Device::mask_interrupts() {
  write(reg::kEimc, 0x7fffffff);
  write(reg::eimc_ex(0), kAllOnes);
  write(reg::eimc_ex(1), kAllOnes);
  static_cast<void>(read(reg::kEicr));
}

/// Master disable, 5.2.5.3.2
Result<void> Device::stop_dma() {
  set(reg::kCtrl, reg::kCtrlMasterDisable);
  return await(reg::kStatus, reg::kStatusMasterEnabled, 0, kMasterTime,
               "the card goes on using memory: its master enable status stays set");
}

Result<void> Device::reset() {
  if (removed())
    return fail(ExitCode::unavailable, "the card does not answer: all of its registers read as ones");
  mask_interrupts();
  clear(reg::kRxctrl, reg::kRxctrlEnable);
  // A card that does not finish its requests is reset all the same, twice as 5.2.5.3.2 advises.
  const bool stopped = stop_dma().has_value();
  for (int i = stopped ? 1 : 0; i < 2; ++i) {
    // 4.2.1.6: the link is reset too, so that the other end learns that we were away.
    set(reg::kCtrl, reg::kCtrlReset | reg::kCtrlLinkReset);
    if (auto done = await(reg::kCtrl, reg::kCtrlReset, 0, kResetTime, "the reset of the card does not end");
        !done)
      return done;
    // 8.2.3.1.1: registers may be touched 10 ms after a reset.
    pause_for(milliseconds(10));
  }
  mask_interrupts();
  if (auto done = await(reg::kEec, reg::kEecAutoRead, reg::kEecAutoRead, kEepromTime,
                        "the card does not finish reading its EEPROM");
      !done)
    return done;
  return await(reg::kRdrxctl, reg::kRdrxctlDmaInitDone, reg::kRdrxctlDmaInitDone, kDmaTime,
               "the card's DMA does not initialise");
}

Result<void> Device::initialise(const Settings& settings) {
  // Tells the card's firmware that a driver has it (8.2.3.1.3).
  set(reg::kCtrlExt, reg::kCtrlExtDriverLoaded);
  if (auto linked = set_up_link(); !linked) return linked;
  clear_statistics();
  set_up_filters(settings);
  set_up_rss(settings.receive_queues, settings.rss_key);
  set_up_receiver(settings);
  set_up_transmitter(settings);
  return {};
}

/// 4.6.5: what was counted before us goes to nobody.
void Device::clear_statistics() {
  CardCounters nobody;
  nobody.read(*this, 16);
}

/// 4.6.4. ASSUMPTION LINK: the EEPROM has put the kind of link into AUTOC; we only switch the laser on and
/// begin anew. X540 and X550 have a PHY that does it all by itself.
Result<void> Device::set_up_link() {
  if (family_ != Family::i82599) return {};
  clear(reg::kEsdp, reg::kEsdpLaserOff);
  set(reg::kAutoc, reg::kAutocRestart);
  return {};
}

Link Device::link() {
  constexpr std::array<std::uint32_t, 4> kMegabits{0, 100, 1000, 10000};
  const std::uint32_t links = read(reg::kLinks);
  if (links == kAllOnes || (links & reg::kLinksUp) == 0) return {};
  return {true, kMegabits[links >> reg::kLinksSpeedShift & 3]};
}

/// 4.6.7, up to the queues
void Device::set_up_receiver(const Settings& settings) {
  set(reg::kHlreg0, reg::kHlreg0StripCrc | (settings.longest > 1518 ? reg::kHlreg0Jumbo : 0));
  write(reg::kMaxfrs, (settings.longest + 4) << reg::kMaxfrsShift);
  // 8.2.3.8.8: the last three "must be set" so, although coalescing (RSC) stays off.
  std::uint32_t control = read(reg::kRdrxctl) & ~reg::kRdrxctlRscFirstSize;
  control |= reg::kRdrxctlCrcStrip | reg::kRdrxctlRscAckChange | reg::kRdrxctlFcoeWriteFix;
  write(reg::kRdrxctl, control);
  write(reg::kMflcn, reg::kMflcnDiscardPause | (settings.flow_control ? reg::kMflcnReceivePause : 0));
  write(reg::kFccfg, 0);
  set(reg::kCtrlExt, reg::kCtrlExtNoSnoopDisable);
  // Queue n counts its drops in counter n (8.2.3.23.71).
  for (unsigned i = 0; i < 4; ++i) write(reg::rqsmr(i), 0x03020100 + 0x04040404 * i);
}

/// 4.6.8, up to the queues; buffers as 4.6.11.3.4 has them without DCB and virtualisation
void Device::set_up_transmitter(const Settings& settings) {
  set(reg::kHlreg0, reg::kHlreg0TransmitCrc | reg::kHlreg0Pad);
  set(reg::kRttdcs, reg::kRttdcsArbiterDisable);
  write(reg::kDtxmxszrq, 0xfff);
  write(reg::txpbsize(0), 160 << 10);
  write(reg::txpbthresh(0), 160 - (settings.longest + 1023) / 1024);
  for (unsigned i = 1; i < 8; ++i) {
    write(reg::txpbsize(i), 0);
    write(reg::txpbthresh(i), 0);
  }
  clear(reg::kRttdcs, reg::kRttdcsArbiterDisable);
  set(reg::kDmatxctl, reg::kDmatxctlEnable);
}

Result<void> Device::enable_receive(unsigned queue, const RingPlace& ring, std::uint32_t buffer_bytes,
                                    bool vlan_strip) {
  write(reg::rdbal(queue), static_cast<std::uint32_t>(ring.address));
  write(reg::rdbah(queue), static_cast<std::uint32_t>(ring.address >> 32));
  write(reg::rdlen(queue), ring.bytes);
  // A queue that has no descriptors left must not hold up the others: it drops.
  write(reg::srrctl(queue), buffer_bytes / 1024 | reg::kSrrctlOneBuffer | reg::kSrrctlDropEnable);
  clear(reg::dca_rxctrl(queue), reg::kDcaRxctrlReserved);
  write(reg::rdh(queue), 0);
  write(reg::rdt(queue), 0);
  write(reg::rxdctl(queue), reg::kRxdctlEnable | (vlan_strip ? reg::kRxdctlVlanStrip : 0));
  return await(reg::rxdctl(queue), reg::kRxdctlEnable, reg::kRxdctlEnable, kQueueTime,
               "a receive queue does not become enabled");
}

Result<void> Device::enable_transmit(unsigned queue, const RingPlace& ring) {
  write(reg::tdbal(queue), static_cast<std::uint32_t>(ring.address));
  write(reg::tdbah(queue), static_cast<std::uint32_t>(ring.address >> 32));
  write(reg::tdlen(queue), ring.bytes);
  // CONTRADICTION HEAD: dword or qword aligned; 16 bytes are what the card wants (found by the authors of
  // TinyNF).
  write(reg::tdwbal(queue), static_cast<std::uint32_t>(ring.head) | reg::kTdwbalEnable);
  write(reg::tdwbah(queue), static_cast<std::uint32_t>(ring.head >> 32));
  // MISSING ORDER: heads that overtake each other on the bus would go back.
  clear(reg::dca_txctrl(queue), reg::kDcaTxctrlRelaxedWriteBack);
  write(reg::tdh(queue), 0);
  write(reg::tdt(queue), 0);
  // MISSING THRESHOLDS (7.2.3.4.1 is vague): prefetch when fewer than 36 are left and a cache line of 4 is to
  // be had. Write-back threshold 0, as head write-back demands (7.2.3.5.2).
  write(reg::txdctl(queue), reg::kTxdctlEnable | 4U << reg::kTxdctlHthreshShift | 36U);
  return await(reg::txdctl(queue), reg::kTxdctlEnable, reg::kTxdctlEnable, kQueueTime,
               "a transmit queue does not become enabled");
}

/// 4.6.7, the last steps
Result<void> Device::start_receiver() {
  set(reg::kSecrxctrl, reg::kSecrxctrlDisable);
  if (auto ready = await(reg::kSecrxstat, reg::kSecrxstatReady, reg::kSecrxstatReady, kReceiverTime,
                         "the card's receive path does not come to rest");
      !ready)
    return ready;
  set(reg::kRxctrl, reg::kRxctrlEnable);
  clear(reg::kSecrxctrl, reg::kSecrxctrlDisable);
  return {};
}

Result<void> Device::quiesce(unsigned receive_queues, unsigned transmit_queues) {
  if (removed()) return fail(ExitCode::unavailable, "the card does not answer: it was removed");
  Result<void> result;
  const auto keep = [&result](Result<void> step) {
    if (result && !step) result = std::move(step);
  };
  mask_interrupts();
  clear(reg::kRxctrl, reg::kRxctrlEnable);
  for (unsigned queue = 0; queue < receive_queues; ++queue) {
    clear(reg::rxdctl(queue), reg::kRxdctlEnable);
    keep(await(reg::rxdctl(queue), reg::kRxdctlEnable, 0, kQueueTime, "a receive queue does not stop"));
  }
  for (unsigned queue = 0; queue < transmit_queues; ++queue) {
    clear(reg::txdctl(queue), reg::kTxdctlEnable);
    keep(await(reg::txdctl(queue), reg::kTxdctlEnable, 0, kQueueTime, "a transmit queue does not stop"));
  }
  // 4.6.7.1.2: about 100 us from the cleared bit until memory may be given back.
  std::this_thread::sleep_for(std::chrono::microseconds(100));
  keep(stop_dma());
  clear(reg::kCtrlExt, reg::kCtrlExtDriverLoaded);
  return result;
}

}  // namespace ixyflow::drivers::ixgbe
