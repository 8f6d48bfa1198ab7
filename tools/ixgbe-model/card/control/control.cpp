#include "tools/ixgbe-model/card/control/control.hpp"

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

// How long things take after a reset. The data sheet wants drivers to wait 1 ms before they look (8.2.3.1.1),
// and 10 ms before they go on (4.6.3.2); but DPDK's driver gives up after ten looks, each a microsecond after
// the other.
constexpr Nanoseconds kResetTime = 2'000;
constexpr Nanoseconds kAutoReadTime = 2'000'000;
constexpr Nanoseconds kDmaInitTime = 3'000'000;

constexpr std::uint32_t kResetBits = bits::ctrl::kDeviceReset | bits::ctrl::kLinkReset;
constexpr std::uint32_t kRdrxctlReset = 8U << 17;   // 8.2.3.8.8: RSCFRSTSIZE
constexpr std::uint32_t kFirmwareValid = 1U << 15;  // 8.2.3.4.10: FW_Valid; no manageability
constexpr std::uint32_t kChecksumError = 1U << 19;  // Ext_Err_Ind: the EEPROM's checksum is invalid

}  // namespace

Control::Control(RegisterFile& file, const FaultSwitches& faults, DeviceReset& device)
    : file_(file), faults_(faults), device_(device) {
  declare();
}

void Control::declare() {
  for (const std::uint32_t offset :
       {reg::kCtrl, reg::kStatus, reg::kEec, reg::kSwsm, reg::kSecRxStat, reg::kSecTxStat, reg::kFreeTimer})
    file_.owned({offset}, *this);
  file_.alias({reg::kCtrlCopy}, {reg::kCtrl});
  file_.owned({reg::kRdrxctl}, *this, kRdrxctlReset);
  file_.plain({reg::kCtrlExt});
  file_.owned({reg::kFwsm}, *this);
  file_.plain({reg::kSwFwSync});
  file_.plain({reg::kRxctrl});
  for (const std::uint32_t offset : {reg::kSecRxCtrl, reg::kSecTxCtrl})
    file_.plain({offset}, bits::secctrl::kEngineOff, ~bits::secctrl::kEngineOff);
}

void Control::reset() noexcept {
  reset_at_ = now_;
  resetting_ = 0;
}

bool Control::master_enabled() const noexcept {
  return (file_.get(reg::kCtrl) & bits::ctrl::kMasterDisable) == 0;
}

std::uint32_t Control::read_ctrl() const noexcept {
  const bool over = passed(kResetTime) && !faults_.reset_never_ends;
  return file_.get(reg::kCtrl) | (over ? 0 : resetting_);
}

// Its pins are granted to whoever asks (DPDK does, before it reads through EERD), but lead nowhere: nothing
// is written.
std::uint32_t Control::read_eec() const noexcept {
  std::uint32_t value = file_.get(reg::kEec) | bits::eec::kPresent | bits::eec::kSize8KiWords;
  if ((value & bits::eec::kRequest) != 0) value |= bits::eec::kGrant;
  if (passed(kAutoReadTime) && !faults_.auto_read_never_ends) value |= bits::eec::kAutoReadDone;
  return value;
}

// A card whose fuse says that it has neither IPsec nor LinkSec: drivers ask the status (Linux), or whether
// the engine can be switched on (DPDK), and offer none.
std::uint32_t Control::security_status(std::uint32_t control) const noexcept {
  const bool stopped = (file_.get(control) & bits::secctrl::kDisable) != 0;
  return bits::secstat::kNoEngine | (stopped ? bits::secstat::kReady : 0);
}

std::uint32_t Control::read_register(std::uint32_t offset) noexcept {
  switch (offset) {
    case reg::kCtrl:
      return read_ctrl();
    case reg::kStatus:
      return master_enabled() ? bits::status::kMasterEnabled : 0;  // LAN id 0
    case reg::kEec:
      return read_eec();
    case reg::kSwsm: {
      // SMBI, the semaphore between the drivers of the two ports: reading takes it, whoever reads 0 has it
      // (8.2.3.4.9). SWESMBI, the one between driver and firmware, is granted to whoever writes it, because
      // there is no firmware; SW_FW_SYNC, which both guard, is memory.
      const std::uint32_t value = file_.get(offset);
      file_.set(offset, value | bits::swsm::kSmbi);
      return value;
    }
    case reg::kFwsm:
      return kFirmwareValid | (bad_checksum_ ? kChecksumError : 0);
    case reg::kSecRxStat:
      return security_status(reg::kSecRxCtrl);
    case reg::kSecTxStat:
      return security_status(reg::kSecTxCtrl);
    case reg::kRdrxctl:
      return file_.get(offset) |
             (passed(kDmaInitTime) && !faults_.dma_init_never_ends ? bits::rdrxctl::kDmaInitDone : 0);
    case reg::kFreeTimer:
      return static_cast<std::uint32_t>(now_ / 1'000);
    default:
      return 0;
  }
}

void Control::write_ctrl(std::uint32_t value) noexcept {
  if ((value & kResetBits) == 0) {
    file_.set(reg::kCtrl, value);
    return;
  }
  device_.software_reset();
  ++resets_;
  resetting_ = value & kResetBits;
}

void Control::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  switch (offset) {
    case reg::kCtrl:
      write_ctrl(value);
      break;
    case reg::kEec:
      file_.set(offset, value & (bits::eec::kRequest | 0xFU));
      break;
    case reg::kSwsm:
      file_.set(offset, value & (bits::swsm::kSmbi | bits::swsm::kSwesmbi));
      break;
    case reg::kRdrxctl:
      file_.set(offset, value & ~bits::rdrxctl::kDmaInitDone);
      break;
    default:
      break;  // read only
  }
}

}  // namespace ixyflow::model
