#include "drivers/bus/device_string.hpp"

#include <catch2/catch.hpp>

#include "tests/bus/sysfs_tree.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;

TEST_CASE("PCI addresses are taken with and without their domain, in any case") {
  CHECK(pci_address("0000:03:00.0") == "0000:03:00.0");
  CHECK(pci_address("03:00.0") == "0000:03:00.0");
  CHECK(pci_address("0000:AB:1F.7") == "0000:ab:1f.7");
  CHECK(pci_address("10000:e1:00.0") == "10000:e1:00.0");
  for (const char* text :
       {"", "3:00.0", "03:00", "03:00.8", "03:20.0", "0000:03:00.0x", "0000-03:00.0", "000g:03:00.0",
        "0000:03:0g.0", "0000:03:00:0", "00:03:00.0", "../../:03:00.0", "123456789:03:00.0"})
    CHECK_FALSE(pci_address(text));
}

TEST_CASE("A device string has one of two forms, and the error shows them") {
  CHECK(check_device_string("0000:03:00.0"));
  CHECK(check_device_string("03:00.0"));
  CHECK(check_device_string("vfio-user:/there/is/no/such.sock"));
  for (const char* device : {"", "enp3s0", "vfio:0000:03:00.0", "vfio-user:", "vfio-user"}) {
    const auto checked = check_device_string(device);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ExitCode::configuration);
  }
  CHECK(check_device_string("enp3s0").error().text.find("0000:03:00.0") != std::string::npos);
}

TEST_CASE("A function is reached through VFIO when it is bound to vfio-pci, else through sysfs") {
  SysfsTree tree;
  tree.add({.address = "0000:03:00.0", .driver = "ixgbe", .node = 1});
  tree.add({.address = "0000:04:00.0", .driver = "vfio-pci"});
  tree.add({.address = "0000:05:00.0"});
  const auto first = locate_in(tree.root(), "03:00.0");
  REQUIRE(first);
  CHECK(first->way == PciWay::sysfs);
  CHECK(first->address == "0000:03:00.0");
  CHECK(first->node == 1);
  CHECK(locate_in(tree.root(), "0000:04:00.0")->way == PciWay::vfio);
  CHECK(locate_in(tree.root(), "0000:04:00.0")->node == -1);
  CHECK(locate_in(tree.root(), "0000:05:00.0")->way == PciWay::sysfs);
}

TEST_CASE("A function that is not there is an error with those that are") {
  SysfsTree tree;
  CHECK(locate_in(tree.root(), "03:00.0").error().text.find("no PCI network functions") != std::string::npos);
  tree.add({.address = "0000:04:00.0"});
  tree.add({.address = "0000:05:00.0", .type = "0x010802"});
  const auto found = locate_in(tree.root(), "03:00.0");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ExitCode::unavailable);
  CHECK(found.error().text == "there is no PCI function 0000:03:00.0; network functions: 0000:04:00.0");
}

TEST_CASE("A function that is no network device is never taken, not even looked at") {
  SysfsTree tree;
  tree.add({.address = "0000:04:00.0"});
  tree.add({.address = "0000:05:00.0", .type = "0x010802", .driver = "nvme"});
  const auto found = locate_in(tree.root(), "05:00.0");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ExitCode::refused);
  CHECK(found.error().text == "0000:05:00.0 is no network device; network functions: 0000:04:00.0");
}
