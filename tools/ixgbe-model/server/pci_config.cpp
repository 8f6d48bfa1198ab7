#include "tools/ixgbe-model/server/pci_config.hpp"

#include <linux/pci_regs.h>

#include <cstring>

namespace ixyflow::model {
namespace {

// Where the capabilities stand.
constexpr std::uint32_t kPower = 0x40;
constexpr std::uint32_t kMsi = 0x50;
constexpr std::uint32_t kMsix = 0x70;
constexpr std::uint32_t kExpress = 0xa0;
constexpr std::uint32_t kErrors = 0x100;
constexpr std::uint32_t kSerialNumber = 0x140;

constexpr std::uint32_t kMsixBar = 4;
constexpr std::uint16_t kVendorIntel = 0x8086;
constexpr std::uint32_t kD0 = 0;
constexpr std::uint32_t kD3Hot = 3;

}  // namespace

PciConfig::PciConfig(const DeviceOptions& options) {
  lay_out_header(options);
  lay_out_capabilities();
  lay_out_express();
  lay_out_extended(options);
  defaults_ = space_;
}

/// No I/O BAR and no expansion ROM: the EEPROM of a card can turn both off.
void PciConfig::lay_out_header(const DeviceOptions& options) noexcept {
  put(PCI_VENDOR_ID, kVendorIntel, 2);
  put(PCI_DEVICE_ID, options.device_id, 2);
  allow(PCI_COMMAND,
        PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
            PCI_COMMAND_INTX_DISABLE,
        2);
  put(PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
  clearing_[PCI_STATUS + 1] = 0xf9;  // errors seen on the bus
  put(PCI_REVISION_ID, 1, 1);
  put(PCI_CLASS_DEVICE, 0x0200, 2);  // Ethernet controller
  put(PCI_CACHE_LINE_SIZE, 0x10, 1);
  allow(PCI_CACHE_LINE_SIZE, 0xff, 1);
  const std::uint32_t memory =
      PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH;
  put(PCI_BASE_ADDRESS_0, memory, 4);
  allow(PCI_BASE_ADDRESS_0, ~(kBar0Bytes - 1), 4);
  allow(PCI_BASE_ADDRESS_1, ~0U, 4);
  put(PCI_BASE_ADDRESS_4, memory, 4);
  allow(PCI_BASE_ADDRESS_4, ~(kMsixBarBytes - 1), 4);
  allow(PCI_BASE_ADDRESS_5, ~0U, 4);
  put(PCI_SUBSYSTEM_VENDOR_ID, kVendorIntel, 2);
  put(PCI_SUBSYSTEM_ID, 0x0003, 2);  // the two-port X520 server adapter
  put(PCI_CAPABILITY_LIST, kPower, 1);
  allow(PCI_INTERRUPT_LINE, 0xff, 1);
  put(PCI_INTERRUPT_PIN, 1, 1);
}

/// Power management, MSI, MSI-X.
void PciConfig::lay_out_capabilities() noexcept {
  put(kPower, PCI_CAP_ID_PM | kMsi << 8, 2);
  // Version 3, needs initialisation after D3, can wake from D0 and D3hot.
  put(kPower + PCI_PM_PMC, 3 | PCI_PM_CAP_DSI | PCI_PM_CAP_PME_D0 | PCI_PM_CAP_PME_D3hot, 2);
  put(kPower + PCI_PM_CTRL, 1U << 13, 2);  // data scale; bit 3 is 0: the way back from D3 is a reset
  allow(kPower + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_ENABLE | PCI_PM_CTRL_DATA_SEL_MASK, 2);
  clearing_[kPower + PCI_PM_CTRL + 1] = PCI_PM_CTRL_PME_STATUS >> 8;
  put(kMsi, PCI_CAP_ID_MSI | kMsix << 8, 2);
  put(kMsi + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT, 2);  // one vector
  allow(kMsi + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE, 2);
  allow(kMsi + PCI_MSI_ADDRESS_LO, ~3U, 4);
  allow(kMsi + PCI_MSI_ADDRESS_HI, ~0U, 4);
  allow(kMsi + PCI_MSI_DATA_64, 0xffff, 2);
  allow(kMsi + PCI_MSI_MASK_64, 1, 4);
  put(kMsix, PCI_CAP_ID_MSIX | kExpress << 8, 2);
  put(kMsix + PCI_MSIX_FLAGS, 64 - 1, 2);
  allow(kMsix + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL, 2);
  put(kMsix + PCI_MSIX_TABLE, kMsixBar, 4);
  put(kMsix + PCI_MSIX_PBA, kMsixPendingBits | kMsixBar, 4);
}

/// An endpoint of version 2 with function level reset, eight lanes of 5 GT/s.
void PciConfig::lay_out_express() noexcept {
  put(kExpress, PCI_CAP_ID_EXP, 2);  // the last one: no vital product data
  put(kExpress + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4, 2);
  // Payload of 512 bytes; latencies acceptable: L0s below 512 ns, L1 below 64 us.
  put(kExpress + PCI_EXP_DEVCAP, 2 | 3U << 6 | 6U << 9 | PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, 4);
  // Relaxed ordering, no snoop, and read requests of 512 bytes: what the card starts with.
  put(kExpress + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN | 2U << 12, 2);
  allow(kExpress + PCI_EXP_DEVCTL, 0xf8ff, 2);  // no extended tags, phantom functions, auxiliary power
  clearing_[kExpress + PCI_EXP_DEVSTA] = 0x0f;
  // ASPM L0s; leaves L0s within 1 us, L1 within 8 us.
  put(kExpress + PCI_EXP_LNKCAP, 2 | 8U << 4 | 1U << 10 | 4U << 12 | 3U << 15, 4);
  allow(kExpress + PCI_EXP_LNKCTL, PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC, 2);
  put(kExpress + PCI_EXP_LNKSTA, 2 | 8U << 4 | PCI_EXP_LNKSTA_SLC, 2);
  put(kExpress + PCI_EXP_DEVCAP2, 0xf | PCI_EXP_DEVCAP2_COMP_TMOUT_DIS, 4);
  allow(kExpress + PCI_EXP_DEVCTL2, 0x1f, 2);
  put(kExpress + PCI_EXP_LNKCTL2, 2, 2);
  allow(kExpress + PCI_EXP_LNKCTL2, 0xf, 2);
}

/// Error reporting and serial number; the virtual functions and alternative routing ids of the card are not
/// there.
void PciConfig::lay_out_extended(const DeviceOptions& options) noexcept {
  put(kErrors, PCI_EXT_CAP_ID_ERR | 1U << 16 | kSerialNumber << 20, 4);
  const std::uint32_t uncorrectable = 0x001f'f010;
  const std::uint32_t correctable = 0x0000'31c1;
  allow(kErrors + PCI_ERR_UNCOR_MASK, uncorrectable, 4);
  put(kErrors + PCI_ERR_UNCOR_SEVER, 0x0006'2010, 4);
  allow(kErrors + PCI_ERR_UNCOR_SEVER, uncorrectable, 4);
  put(kErrors + PCI_ERR_COR_MASK, 0x2000, 4);  // advisory errors
  allow(kErrors + PCI_ERR_COR_MASK, correctable, 4);
  put(kErrors + PCI_ERR_CAP, PCI_ERR_CAP_ECRC_GENC | PCI_ERR_CAP_ECRC_CHKC, 4);
  allow(kErrors + PCI_ERR_CAP, PCI_ERR_CAP_ECRC_GENE | PCI_ERR_CAP_ECRC_CHKE, 4);
  put(kSerialNumber, PCI_EXT_CAP_ID_DSN | 1U << 16, 4);
  // The MAC address with ff:ff in its middle, its first byte on top.
  const auto& mac = options.mac;
  const std::array<std::uint8_t, 8> serial{mac[5], mac[4], mac[3], 0xff, 0xff, mac[2], mac[1], mac[0]};
  std::memcpy(space_.data() + kSerialNumber + 4, serial.data(), serial.size());
}

void PciConfig::put(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept {
  for (std::uint32_t i = 0; i < bytes; ++i) space_[offset + i] = static_cast<std::uint8_t>(value >> 8 * i);
}

void PciConfig::allow(std::uint32_t offset, std::uint32_t mask, std::uint32_t bytes) noexcept {
  for (std::uint32_t i = 0; i < bytes; ++i) writable_[offset + i] = static_cast<std::uint8_t>(mask >> 8 * i);
}

std::uint32_t PciConfig::get(std::uint32_t offset, std::uint32_t bytes) const noexcept {
  std::uint32_t value = 0;
  for (std::uint32_t i = 0; i < bytes; ++i) value |= std::uint32_t{space_[offset + i]} << 8 * i;
  return value;
}

void PciConfig::read(std::uint32_t offset, std::span<std::byte> to) const noexcept {
  std::memcpy(to.data(), space_.data() + offset, to.size());
}

bool PciConfig::write(std::uint32_t offset, std::span<const std::byte> from) noexcept {
  const std::uint32_t before = get(kPower + PCI_PM_CTRL, 1) & PCI_PM_CTRL_STATE_MASK;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto value = std::to_integer<std::uint8_t>(from[i]);
    const std::uint8_t writable = writable_[offset + i];
    auto& byte = space_[offset + i];
    byte =
        static_cast<std::uint8_t>((byte & ~writable & ~(value & clearing_[offset + i])) | (value & writable));
  }
  // A state that the function does not have is not taken over (PCI Power Management 1.2, 3.2.4).
  const std::uint32_t state = get(kPower + PCI_PM_CTRL, 1) & PCI_PM_CTRL_STATE_MASK;
  if (state != kD0 && state != kD3Hot)
    space_[kPower + PCI_PM_CTRL] = static_cast<std::uint8_t>((space_[kPower + PCI_PM_CTRL] & ~3U) | before);
  const bool back = before == kD3Hot && state == kD0;
  const bool reset = (get(kExpress + PCI_EXP_DEVCTL, 2) & PCI_EXP_DEVCTL_BCR_FLR) != 0;
  if (back || reset) power_on();
  return back || reset;
}

void PciConfig::power_on() noexcept {
  space_ = defaults_;
}

void PciConfig::hand_over() noexcept {
  power_on();
  put(PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
}

bool PciConfig::memory_enabled() const noexcept {
  return (get(PCI_COMMAND, 2) & PCI_COMMAND_MEMORY) != 0 &&
         (get(kPower + PCI_PM_CTRL, 1) & PCI_PM_CTRL_STATE_MASK) == kD0;
}

bool PciConfig::bus_master() const noexcept {
  return (get(PCI_COMMAND, 2) & PCI_COMMAND_MASTER) != 0 &&
         (get(kPower + PCI_PM_CTRL, 1) & PCI_PM_CTRL_STATE_MASK) == kD0;
}

}  // namespace ixyflow::model
