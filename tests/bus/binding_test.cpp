#include "drivers/bus/inventory/binding.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/bus/sysfs_tree.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;

namespace {

const std::string kAddress = "0000:03:00.0";

/// A function bound to `driver`, and a kernel that binds ixgbe by itself.
struct BindingRig {
  SysfsTree tree;
  SysfsTree::Function function;
  FakeKernel kernel;
  BindingPlace place{.sources = tree.sources(), .state = tree.root() + "/state"};

  explicit BindingRig(const std::string& driver = "ixgbe")
      : function{.driver = driver, .interface = driver.empty() ? "" : "enp3s0", .group = 17},
        kernel((tree.add(function), tree), {"ixgbe", "vfio-pci"}, {{kAddress, "ixgbe"}}) {}

  [[nodiscard]] std::string driver() const { return tree.driver_of(kAddress); }
  [[nodiscard]] bool state_left() const {
    return std::filesystem::exists(place.state + "/" + kAddress + ".before");
  }
  [[nodiscard]] std::string override_text() const {
    return tree.read(SysfsTree::folder(kAddress) + "/driver_override");
  }
};

}  // namespace

TEST_CASE("A function is bound to vfio-pci, and given back to its driver") {
  const BindingRig rig;
  const auto bound = bind_to_vfio("03:00.0", false, rig.place);
  INFO((bound ? "" : bound.error().text));
  REQUIRE(bound);
  CHECK(bound->before == "ixgbe");
  CHECK(bound->after == "vfio-pci");
  CHECK(rig.driver() == "vfio-pci");
  CHECK(rig.state_left());

  const auto again = bind_to_vfio(kAddress, false, rig.place);
  REQUIRE(again);
  CHECK(again->before == "vfio-pci");

  const auto restored = restore_binding(kAddress, rig.place);
  REQUIRE(restored);
  CHECK(restored->before == "vfio-pci");
  CHECK(restored->after == "ixgbe");
  CHECK(rig.driver() == "ixgbe");
  CHECK(rig.override_text() == "\n");
  CHECK_FALSE(rig.state_left());
}

TEST_CASE("A function without a driver has none again afterwards") {
  const BindingRig rig("");
  REQUIRE(bind_to_vfio(kAddress, false, rig.place));
  CHECK(rig.driver() == "vfio-pci");
  const auto restored = restore_binding(kAddress, rig.place);
  REQUIRE(restored);
  CHECK(restored->after == "");
  CHECK(rig.driver() == "");
}

TEST_CASE("Without a memory of what was before, the kernel finds a driver") {
  const BindingRig rig("vfio-pci");
  const auto restored = restore_binding(kAddress, rig.place);
  REQUIRE(restored);
  CHECK(restored->after == "ixgbe");
}

TEST_CASE("A function that lost its driver to a process that was killed gets it back") {
  const BindingRig rig("");
  const auto restored = restore_binding(kAddress, rig.place);
  REQUIRE(restored);
  CHECK(restored->before == "");
  CHECK(restored->after == "ixgbe");
}

TEST_CASE("A function that has its driver is left alone") {
  const BindingRig rig;
  const auto restored = restore_binding(kAddress, rig.place);
  REQUIRE(restored);
  CHECK(restored->before == restored->after);
  CHECK(rig.override_text() == "(null)\n");
}

TEST_CASE("A function in use is refused with the reason, and nothing is changed; force binds it") {
  const BindingRig rig;
  rig.tree.write(SysfsTree::interface(rig.function) + "/flags", "0x1003\n");
  const auto bound = bind_to_vfio(kAddress, false, rig.place);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().code == ExitCode::refused);
  CHECK(bound.error().text == "enp3s0 is up; nothing was changed (--force binds it anyway)");
  CHECK(rig.driver() == "ixgbe");
  CHECK_FALSE(rig.state_left());
  CHECK(rig.override_text() == "(null)\n");
  CHECK(bind_to_vfio(kAddress, true, rig.place));
  CHECK(rig.driver() == "vfio-pci");
}

TEST_CASE("A card that no driver of ixyflow is for is bound only if forced") {
  const BindingRig rig;
  rig.tree.write(SysfsTree::folder(kAddress) + "/device", "0x10d3\n");
  rig.tree.write(SysfsTree::interface(rig.function) + "/flags", "0x1003\n");
  const auto bound = bind_to_vfio(kAddress, false, rig.place);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().code == ExitCode::refused);
  CHECK(bound.error().text.find("no driver of ixyflow is for it") != std::string::npos);
  CHECK(bound.error().text.find("nothing was changed (--force binds it anyway)") != std::string::npos);
  CHECK(rig.driver() == "ixgbe");
  CHECK(bind_to_vfio(kAddress, true, rig.place));
}

TEST_CASE("A virtio card that goes past the IOMMU is not bound, because VFIO would be no use") {
  const BindingRig rig;
  rig.tree.write(SysfsTree::folder(kAddress) + "/vendor", "0x1af4\n");
  rig.tree.write(SysfsTree::folder(kAddress) + "/device", "0x1000\n");
  const auto bound = bind_to_vfio(kAddress, false, rig.place);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().text ==
        "0000:03:00.0 goes past the IOMMU (QEMU: it has no iommu_platform=on), so that it does not work "
        "through VFIO; as root it can be used without binding it; nothing was changed (--force binds it "
        "anyway)");
  CHECK(rig.driver() == "ixgbe");
  CHECK(bind_to_vfio(kAddress, true, rig.place));
}

TEST_CASE("A binding that fails half-way is undone") {
  BindingRig rig;
  rig.kernel.refuse("vfio-pci");
  const auto bound = bind_to_vfio(kAddress, false, rig.place);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().text.find("the driver did not take it") != std::string::npos);
  CHECK(rig.driver() == "ixgbe");
  CHECK(rig.override_text() == "\n");
  CHECK_FALSE(rig.state_left());
}

TEST_CASE("What keeps VFIO from working is told before anything is changed") {
  SysfsTree tree;
  const BindingPlace place{.sources = tree.sources(), .state = tree.root() + "/state"};
  CHECK(bind_to_vfio("enp3s0", false, place).error().code == ExitCode::usage);
  CHECK(bind_to_vfio(kAddress, false, place).error().code == ExitCode::unavailable);
  tree.add({.driver = "ixgbe"});
  CHECK(bind_to_vfio(kAddress, false, place).error().text.find("modprobe vfio-pci") != std::string::npos);
  const FakeKernel kernel(tree, {"ixgbe", "vfio-pci"}, {});
  CHECK(bind_to_vfio(kAddress, false, place).error().text.find("IOMMU is off") != std::string::npos);
  CHECK(tree.driver_of(kAddress) == "ixgbe");
  tree.add({.address = "0000:05:00.0", .type = "0x010802", .driver = "nvme"});
  CHECK(bind_to_vfio("0000:05:00.0", true, place).error().text.find("no network device") !=
        std::string::npos);
}

TEST_CASE("A state file that names no driver does not lead out of its folder") {
  const BindingRig rig("vfio-pci");
  rig.tree.write("state/" + kAddress + ".before", "../../../etc\n");
  const auto restored = restore_binding(kAddress, rig.place);
  REQUIRE(restored);
  CHECK(restored->after == "");
}
