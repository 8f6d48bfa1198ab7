#include "tools/ixgbe-model/server/pci_config.hpp"

#include <linux/pci_regs.h>

#include <catch2/catch.hpp>
#include <map>

using namespace ixyflow;
using model::PciConfig;

namespace {

struct Function {
  explicit Function(model::DeviceOptions options = {}) : config(options) {}

  std::uint32_t read(std::uint32_t offset, std::size_t bytes = 4) const {
    std::uint32_t value = 0;
    config.read(offset, std::as_writable_bytes(std::span(&value, 1)).first(bytes));
    return value;
  }
  bool write(std::uint32_t offset, std::uint32_t value, std::size_t bytes = 4) {
    return config.write(offset, std::as_bytes(std::span(&value, 1)).first(bytes));
  }
  /// What software finds by following the list: capability id -> offset.
  std::map<std::uint32_t, std::uint32_t> capabilities() const {
    std::map<std::uint32_t, std::uint32_t> found;
    for (std::uint32_t at = read(PCI_CAPABILITY_LIST, 1); at != 0 && found.size() < 48; at = read(at + 1, 1))
      found[read(at, 1)] = at;
    return found;
  }

  PciConfig config;
};

}  // namespace

TEST_CASE("the function is an Intel 82599 on a server adapter") {
  const Function function;
  CHECK(function.read(PCI_VENDOR_ID, 2) == 0x8086);
  CHECK(function.read(PCI_DEVICE_ID, 2) == 0x10fb);
  CHECK(function.read(PCI_CLASS_REVISION) == 0x02000001);
  CHECK(function.read(PCI_HEADER_TYPE, 1) == 0);
  CHECK(function.read(PCI_SUBSYSTEM_VENDOR_ID) == 0x00038086);
  CHECK(function.read(PCI_INTERRUPT_PIN, 1) == 1);
  CHECK(function.read(PCI_STATUS, 2) == PCI_STATUS_CAP_LIST);
  CHECK(Function({.device_id = 0x1528}).read(PCI_DEVICE_ID, 2) == 0x1528);
}

// PCI 3.0, 6.2.5.1: software writes all ones and reads which bits stick.
TEST_CASE("BARs tell their sizes, and keep the addresses that they are given") {
  Function function;
  for (std::uint32_t bar = 0; bar < 6; ++bar) function.write(PCI_BASE_ADDRESS_0 + 4 * bar, ~0U);
  CHECK(function.read(PCI_BASE_ADDRESS_0) == (~(512U * 1024 - 1) | 0xc));
  CHECK(function.read(PCI_BASE_ADDRESS_1) == ~0U);
  CHECK(function.read(PCI_BASE_ADDRESS_2) == 0);
  CHECK(function.read(PCI_BASE_ADDRESS_3) == 0);
  CHECK(function.read(PCI_BASE_ADDRESS_4) == (~(16U * 1024 - 1) | 0xc));
  CHECK(function.read(PCI_BASE_ADDRESS_5) == ~0U);
  function.write(PCI_BASE_ADDRESS_0, 0xfe000000);
  CHECK(function.read(PCI_BASE_ADDRESS_0) == 0xfe00000c);
}

TEST_CASE("what cannot be written is not") {
  Function function;
  for (std::uint32_t offset : {0x00U, 0x08U, 0x18U, 0x2cU, 0x30U, 0x34U, 0x38U, 0x40U, 0x74U, 0x78U, 0xa4U,
                               0xacU, 0x100U, 0x140U, 0x144U, 0x148U, 0x200U, 0xffcU}) {
    CAPTURE(offset);
    const std::uint32_t before = function.read(offset);
    function.write(offset, ~before);
    CHECK(function.read(offset) == before);
  }
}

TEST_CASE("memory and bus mastering follow the command register") {
  Function function;
  CHECK_FALSE(function.config.memory_enabled());
  CHECK_FALSE(function.config.bus_master());
  function.write(PCI_COMMAND, 0xffff, 2);
  CHECK(function.config.memory_enabled());
  CHECK(function.config.bus_master());
  CHECK(function.read(PCI_COMMAND, 2) == (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
                                          PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE));
  function.write(PCI_COMMAND, PCI_COMMAND_MEMORY, 1);
  CHECK_FALSE(function.config.bus_master());
  function.config.hand_over();
  CHECK(function.read(PCI_COMMAND, 2) == PCI_COMMAND_MEMORY);
}

TEST_CASE("capabilities are those of the card, where the card has them") {
  const Function function;
  CHECK(function.capabilities() ==
        std::map<std::uint32_t, std::uint32_t>{
            {PCI_CAP_ID_PM, 0x40}, {PCI_CAP_ID_MSI, 0x50}, {PCI_CAP_ID_MSIX, 0x70}, {PCI_CAP_ID_EXP, 0xa0}});
  CHECK(function.read(0x50 + PCI_MSI_FLAGS, 2) == (PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT));
  CHECK(function.read(0x70 + PCI_MSIX_FLAGS, 2) == 63);
  CHECK(function.read(0x70 + PCI_MSIX_TABLE) == 4);
  CHECK(function.read(0x70 + PCI_MSIX_PBA) == 0x2004);
  CHECK(function.read(0xa0 + PCI_EXP_FLAGS, 2) == 2);
  CHECK(function.read(0xa0 + PCI_EXP_DEVCAP) == 0x10008cc2);
  CHECK(function.read(0xa0 + PCI_EXP_DEVCTL, 2) == 0x2810);
  CHECK((function.read(0xa0 + PCI_EXP_LNKSTA, 2) & 0x3ff) == 0x82);  // eight lanes of 5 GT/s
}

TEST_CASE("the extended space has error reporting and the serial number, made of the MAC address") {
  const Function function({.mac = {0x00, 0x1b, 0x21, 0x53, 0x1e, 0x70}});
  const std::uint32_t errors = function.read(0x100);
  CHECK((errors & 0xffff) == PCI_EXT_CAP_ID_ERR);
  const std::uint32_t serial = errors >> 20;
  CHECK((function.read(serial) & 0xffff) == PCI_EXT_CAP_ID_DSN);
  CHECK(function.read(serial) >> 20 == 0);
  CHECK(function.read(serial + 8) == 0x001b21ff);
  CHECK(function.read(serial + 4) == 0xff531e70);
}

// PCI Express 2.0, 6.6.2.
TEST_CASE("a function level reset is done at once, and forgets everything") {
  Function function;
  function.write(PCI_COMMAND, 6, 2);
  function.write(PCI_BASE_ADDRESS_0, 0xfe000000);
  CHECK(function.write(0xa0 + PCI_EXP_DEVCTL, 0x2810 | PCI_EXP_DEVCTL_BCR_FLR, 2));
  CHECK((function.read(0xa0 + PCI_EXP_DEVCTL, 2) & PCI_EXP_DEVCTL_BCR_FLR) == 0);
  CHECK(function.read(PCI_COMMAND, 2) == 0);
  CHECK(function.read(PCI_BASE_ADDRESS_0) == 0xc);
  CHECK_FALSE(function.write(0xa0 + PCI_EXP_DEVCTL, 0x2810, 2));
}

// PCI Power Management 1.2, 3.2.4: No_Soft_Reset is 0.
TEST_CASE("in D3 nobody answers, and the way back is a reset") {
  Function function;
  constexpr std::uint32_t kControl = 0x40 + PCI_PM_CTRL;
  CHECK((function.read(kControl, 2) & PCI_PM_CTRL_NO_SOFT_RESET) == 0);
  function.write(PCI_COMMAND, 6, 2);
  CHECK_FALSE(function.write(kControl, 3, 2));
  CHECK_FALSE(function.config.memory_enabled());
  CHECK_FALSE(function.config.bus_master());
  CHECK(function.read(PCI_COMMAND, 2) == 6);
  CHECK(function.write(kControl, 0, 2));
  CHECK(function.read(PCI_COMMAND, 2) == 0);
  CHECK((function.read(kControl, 2) & PCI_PM_CTRL_STATE_MASK) == 0);
}

TEST_CASE("D1 and D2 are not there") {
  Function function;
  for (const std::uint32_t state : {1U, 2U}) {
    CHECK_FALSE(function.write(0x40 + PCI_PM_CTRL, state, 2));
    CHECK((function.read(0x40 + PCI_PM_CTRL, 2) & PCI_PM_CTRL_STATE_MASK) == 0);
  }
}

TEST_CASE("MSI and MSI-X can be set up") {
  Function function;
  function.write(0x50 + PCI_MSI_FLAGS, 0xffff, 2);
  CHECK(function.read(0x50 + PCI_MSI_FLAGS, 2) == (0x180 | PCI_MSI_FLAGS_ENABLE));
  function.write(0x50 + PCI_MSI_ADDRESS_LO, 0xfee00003);
  CHECK(function.read(0x50 + PCI_MSI_ADDRESS_LO) == 0xfee00000);
  function.write(0x50 + PCI_MSI_DATA_64, 0x1234, 2);
  CHECK(function.read(0x50 + PCI_MSI_DATA_64, 2) == 0x1234);
  function.write(0x70 + PCI_MSIX_FLAGS, 0xffff, 2);
  CHECK(function.read(0x70 + PCI_MSIX_FLAGS, 2) == (63 | PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL));
}
