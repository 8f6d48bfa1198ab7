#include "drivers/bus/inventory/inventory.hpp"

#include <catch2/catch.hpp>

#include "drivers/bus/inventory/known_nics.hpp"
#include "drivers/bus/inventory/past_iommu.hpp"
#include "drivers/bus/inventory/port_driver.hpp"
#include "drivers/ixgbe/device.hpp"
#include "tests/bus/sysfs_tree.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;

TEST_CASE("The inventory tells what there is of every network function, and of no other") {
  SysfsTree tree;
  const SysfsTree::Function used{
      .address = "0000:04:00.0", .device = "0x1563", .driver = "ixgbe", .interface = "enp4s0", .group = 18};
  tree.add({.address = "0000:03:00.0", .driver = "ixgbe", .interface = "enp3s0", .node = 1, .group = 17});
  tree.add(used);
  tree.add({.address = "0000:05:00.0", .vendor = "0x15ad", .device = "0x07b0", .type = "0x020000"});
  tree.add({.address = "0000:06:00.0", .type = "0x010802"});
  tree.write(SysfsTree::interface(used) + "/flags", "0x1003\n");
  tree.write(SysfsTree::interface(used) + "/operstate", "up\n");
  tree.write(SysfsTree::interface(used) + "/speed", "10000\n");

  const auto nics = pci_nics(tree.sources());
  REQUIRE(nics.size() == 3);
  CHECK(nics[0].address == "0000:03:00.0");
  CHECK(nics[0].name == "Intel 82599ES (X520)");
  CHECK(nics[0].driver == "ixgbe");
  CHECK(nics[0].port_driver == "ixgbe");
  CHECK(nics[0].node == 1);
  CHECK(nics[0].iommu_group == 17);
  CHECK(nics[0].link == "down");
  CHECK_FALSE(nics[0].in_use());
  CHECK(verdict(nics[0]) == "ixgbe: ready to bind");
  CHECK(nics[1].link == "10G");
  CHECK(nics[1].in_use());
  CHECK(verdict(nics[1]) == "refused: in use");
  CHECK(nics[2].driver == "");
  CHECK(nics[2].iommu_group == -1);
  CHECK(nics[2].link == "");
  CHECK(verdict(nics[2]) == "no driver for it");
}

TEST_CASE("The verdict tells what is still to be done") {
  SysfsTree tree;
  tree.add({.address = "0000:03:00.0", .driver = "vfio-pci", .group = 3});
  tree.add({.address = "0000:04:00.0"});
  tree.add({.address = "0000:05:00.0", .vendor = "0x1af4", .device = "0x1041", .type = "0x020000"});
  const auto nics = pci_nics(tree.sources());
  CHECK(verdict(nics[0]) == "ixgbe: ready");
  CHECK(verdict(nics[1]) == "ixgbe: ready, as root");
  CHECK(verdict(nics[2]) == "virtio: ready, as root");
}

TEST_CASE("A virtio card is called ready only for the way by which it reaches memory") {
  SysfsTree tree;
  const auto virtio = [](const char* address, const char* device, const char* driver) {
    return SysfsTree::Function{
        .address = address, .vendor = "0x1af4", .device = device, .driver = driver, .group = 3};
  };
  tree.add(virtio("0000:03:00.0", "0x1000", "virtio-pci"));
  tree.add(virtio("0000:04:00.0", "0x1041", "virtio-pci"));
  tree.add(virtio("0000:05:00.0", "0x1041", "virtio-pci"));
  tree.add(virtio("0000:06:00.0", "0x1041", ""));
  tree.add(virtio("0000:07:00.0", "0x1041", "vfio-pci"));
  tree.add(virtio("0000:08:00.0", "0x1000", "vfio-pci"));
  tree.write("kernel/iommu_groups/3/type", "DMA-FQ\n");
  const auto agree_on = [&](const char* address, char access_platform) {
    std::string features(64, '0');
    features[33] = access_platform;
    tree.write(SysfsTree::folder(address) + "/virtio0/status", "0x0000000f\n");
    tree.write(SysfsTree::folder(address) + "/virtio0/features", features + "\n");
  };
  agree_on("0000:04:00.0", '0');
  agree_on("0000:05:00.0", '1');
  std::vector<std::string> verdicts;
  for (const PciNic& nic : pci_nics(tree.sources())) verdicts.push_back(verdict(nic));
  CHECK(verdicts == std::vector<std::string>{
                        "virtio: ready, as root", "virtio: ready, as root", "virtio: ready to bind",
                        "virtio: as root; to bind if iommu_platform=on", "virtio: ready if iommu_platform=on",
                        "virtio: to be restored: no iommu_platform"});
}

TEST_CASE("What the kernel's driver has not agreed on yet is not known") {
  SysfsTree tree;
  tree.add({.vendor = "0x1af4", .device = "0x1041", .driver = "virtio-pci", .group = 3});
  const std::string folder = tree.root() + "/" + SysfsTree::folder("0000:03:00.0");
  CHECK(goes_past_iommu(folder) == std::nullopt);
  tree.write(SysfsTree::folder("0000:03:00.0") + "/virtio0/features", std::string(64, '0') + "\n");
  tree.write(SysfsTree::folder("0000:03:00.0") + "/virtio0/status", "0x00000001\n");
  CHECK(goes_past_iommu(folder) == std::nullopt);
}

TEST_CASE("Whom a card is for is said before anything else") {
  SysfsTree tree;
  tree.add({.address = "0000:03:00.0"});
  tree.add({.address = "0000:04:00.0", .vendor = "0x1af4", .device = "0x1041"});
  tree.add({.address = "0000:05:00.0", .vendor = "0x8086", .device = "0x10d3"});
  const auto says = [&](const char* address, const char* driver) {
    const auto checked = check_port_driver(tree.root(), address, driver);
    return checked ? std::string() : checked.error().text;
  };
  CHECK(says("0000:03:00.0", "ixgbe") == "");
  CHECK(says("0000:03:00.0", "") == "");
  CHECK(says("0000:04:00.0", "ixgbe") ==
        "0000:04:00.0 is virtio 1.0, 1af4:1041, and the driver ixgbe is not for it; driver = \"virtio\" is");
  for (const char* driver : {"ixgbe", "virtio", ""})
    CHECK(says("0000:05:00.0", driver) ==
          "0000:05:00.0 is Intel 82574L (e1000e), 8086:10d3, and no driver of ixyflow is for it: "
          "ixgbe drives Intel 82599, X540 and X550, virtio drives virtio cards");
}

TEST_CASE("Speeds that are unknown or small have a text, too") {
  SysfsTree tree;
  const SysfsTree::Function function{.interface = "eth0"};
  tree.add(function);
  const std::string at = SysfsTree::interface(function);
  tree.write(at + "/operstate", "up\n");
  CHECK(pci_nics(tree.sources())[0].link == "up");
  tree.write(at + "/speed", "-1\n");
  CHECK(pci_nics(tree.sources())[0].link == "up");
  tree.write(at + "/speed", "2500\n");
  CHECK(pci_nics(tree.sources())[0].link == "2500M");
  tree.write(at + "/operstate", "unknown\n");
  CHECK(pci_nics(tree.sources())[0].link == "");
}

TEST_CASE("A machine without PCI has an empty inventory") {
  CHECK(pci_nics({.sysfs = "/there/is/nothing"}).empty());
}

TEST_CASE("Names that we do not know come from the list of PCI numbers, if there is one") {
  SysfsTree tree;
  tree.write("pci.ids",
             "# comment\n8085  Wrong Vendor\n\t9999  Wrong Device\n8086  Intel Corporation\n\t9998  Other\n"
             "\t9999  Fast Card\n\t\t8086 0001  A subsystem\n8087  Next Vendor\n\t1234  Wrong Device\n");
  CHECK(nic_name(0x8086, 0x9999, tree.root() + "/pci.ids") == "Intel Fast Card");
  CHECK(nic_name(0x8086, 0x1234, tree.root() + "/pci.ids") == "8086:1234");
  CHECK(nic_name(0x8086, 0x9999, tree.root() + "/missing") == "8086:9999");
  CHECK(nic_name(0x8086, 0x10fb, tree.root() + "/pci.ids") == "Intel 82599ES (X520)");
}

TEST_CASE("The inventory and the driver agree on which cards ixgbe drives") {
  for (std::uint32_t device = 0; device <= 0xffff; ++device) {
    const auto id = static_cast<std::uint16_t>(device);
    const KnownNic* known = known_nic(0x8086, id);
    const bool listed = known != nullptr && known->driver == "ixgbe";
    if (listed != ixgbe::family_of(0x8086, id).has_value()) FAIL_CHECK("device " << std::hex << device);
  }
}
