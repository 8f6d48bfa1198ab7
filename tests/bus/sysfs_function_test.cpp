#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "core/os/file_descriptor.hpp"
#include "core/os/guardian/guardian.hpp"
#include "drivers/bus/sysfs/function.hpp"
#include "drivers/bus/sysfs/rights.hpp"
#include "tests/bus/fake_model.hpp"
#include "tests/bus/sysfs_tree.hpp"

using namespace ixyflow;
using namespace ixyflow::drivers;
using namespace ixyflow::test;

namespace {

const std::string kFunction = "0000:03:00.0";

/// A function bound to ixgbe in a tree, and a kernel for it.
struct SysfsRig {
  SysfsTree tree;
  SysfsTree::Function function;
  FakeKernel kernel;

  explicit SysfsRig(const std::string& driver = "ixgbe")
      : function{.driver = driver, .interface = driver.empty() ? "" : "enp3s0"},
        kernel((tree.add(function), tree), {"ixgbe"}, {{kFunction, "ixgbe"}}) {}

  [[nodiscard]] std::unique_ptr<PciFunction> open() const {
    auto opened = open_sysfs(kFunction, {}, tree.sources());
    INFO((opened ? "" : opened.error().text));
    REQUIRE(opened);
    return std::move(*opened);
  }
  [[nodiscard]] unsigned command() const {
    return static_cast<unsigned char>(tree.read(SysfsTree::folder(kFunction) + "/config")[4]);
  }
  /// The kernel works in its own time.
  [[nodiscard]] bool becomes_bound_to(const std::string& driver) const {
    for (int i = 0; i < 500 && tree.driver_of(kFunction) != driver; ++i) ::usleep(10'000);
    return tree.driver_of(kFunction) == driver;
  }
};

/// Physical addresses take a right that not everybody who runs tests has.
bool may_try() {
  if (has_capability(kSystemAdministration)) return true;
  WARN("not tried: it takes CAP_SYS_ADMIN");
  return false;
}

}  // namespace

TEST_CASE("Through sysfs a function is taken from its driver, and given back") {
  if (!may_try()) return;
  const SysfsRig rig;
  {
    const auto function = rig.open();
    CHECK(rig.tree.driver_of(kFunction) == "");
    CHECK(function->addresses() == DeviceAddresses::physical);
    CHECK(function->read_config(0, 4).value() == 0x10fb8086);
    CHECK(rig.command() == 3);
    REQUIRE(function->set_bus_master(true));
    CHECK(rig.command() == 7);
    CHECK_FALSE(function->gone());
    CHECK(function->reset().value() == false);
    CHECK_FALSE(function->interrupt(0));
  }
  CHECK(rig.becomes_bound_to("ixgbe"));
  CHECK((rig.command() & 4) == 0);
}

TEST_CASE("Through sysfs a function that is driven already is refused, even if forced") {
  if (!may_try()) return;
  const SysfsRig rig;
  {
    const auto function = rig.open();
    for (const bool force : {false, true}) {
      const auto second = open_sysfs(kFunction, {.force = force}, rig.tree.sources());
      REQUIRE_FALSE(second);
      CHECK(second.error().code == ExitCode::refused);
      CHECK(second.error().text.find("another process drives it") != std::string::npos);
    }
    CHECK_FALSE(function->gone());
  }
  CHECK(rig.becomes_bound_to("ixgbe"));
  CHECK(rig.open() != nullptr);
}

TEST_CASE("Through sysfs memory is mapped, and I/O ports are read and written by system calls") {
  if (!may_try()) return;
  const SysfsRig rig("");
  const auto function = rig.open();
  const std::string folder = rig.tree.root() + "/" + SysfsTree::folder(kFunction);
  const auto memory = function->open_bar(0, 0x4000);
  REQUIRE(memory);
  CHECK((*memory)->mapped(0x3ffc) != nullptr);
  (*memory)->write<std::uint32_t>(0x3ffc, 0x11223344);
  CHECK(rig.tree.read(SysfsTree::folder(kFunction) + "/resource0").substr(0x3ffc) == "\x44\x33\x22\x11");

  const auto ports = function->open_bar(2, 32);
  REQUIRE(ports);
  CHECK((*ports)->size() == 32);
  CHECK((*ports)->mapped(0) == nullptr);
  (*ports)->write<std::uint16_t>(18, 0xabcd);
  CHECK((*ports)->read<std::uint16_t>(18) == 0xabcd);
  CHECK((*ports)->read<std::uint8_t>(19) == 0xab);
  CHECK(rig.tree.read(SysfsTree::folder(kFunction) + "/resource2")[18] == '\xcd');

  const auto small = function->open_bar(4, 512);
  REQUIRE(small);
  (*small)->write<std::uint8_t>(511, 0x77);
  CHECK(rig.tree.read(SysfsTree::folder(kFunction) + "/resource4")[0x100 + 511] == '\x77');
  CHECK((*small)->read<std::uint8_t>(512) == 0xff);

  CHECK_FALSE(function->open_bar(1, 1));
  CHECK_FALSE(function->open_bar(5, 1));
  CHECK(function->open_bar(0, 0x8000).error().text.find("0x4000 bytes") != std::string::npos);
}

TEST_CASE("Through sysfs a function in use is refused and keeps its driver; force takes it") {
  if (!may_try()) return;
  const SysfsRig rig;
  rig.tree.write(SysfsTree::interface(rig.function) + "/flags", "0x1003\n");
  const auto refused = open_sysfs(kFunction, {}, rig.tree.sources());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ExitCode::refused);
  CHECK(refused.error().text.find("enp3s0 is up") != std::string::npos);
  CHECK(refused.error().text.find("force = true") != std::string::npos);
  CHECK(rig.tree.driver_of(kFunction) == "ixgbe");
  CHECK(rig.command() == 4);
  CHECK(open_sysfs(kFunction, {.force = true}, rig.tree.sources()));
  CHECK(rig.becomes_bound_to("ixgbe"));
}

TEST_CASE("Where an IOMMU translates, physical addresses are refused with the way that works") {
  const SysfsRig rig;
  rig.tree.link(SysfsTree::folder(kFunction) + "/iommu_group", "kernel/iommu_groups/4");
  rig.tree.write("kernel/iommu_groups/4/type", "DMA-FQ\n");
  const auto opened = open_sysfs(kFunction, {}, rig.tree.sources());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ExitCode::refused);
  CHECK(opened.error().text.find("ixyflow dev bind 0000:03:00.0") != std::string::npos);
  CHECK(rig.tree.driver_of(kFunction) == "ixgbe");
}

TEST_CASE("A virtio card that goes past an IOMMU works through sysfs if its driver looks after that") {
  if (!may_try()) return;
  const SysfsRig rig;
  const std::string at = SysfsTree::folder(kFunction);
  rig.tree.link(at + "/iommu_group", "kernel/iommu_groups/4");
  rig.tree.write("kernel/iommu_groups/4/type", "DMA-FQ\n");
  rig.tree.write(at + "/vendor", "0x1af4\n");
  rig.tree.write(at + "/device", "0x1041\n");
  CHECK_FALSE(open_sysfs(kFunction, {}, rig.tree.sources()));
  CHECK(open_sysfs(kFunction, {.past_iommu = true}, rig.tree.sources()));
  CHECK(rig.becomes_bound_to("ixgbe"));
  std::string features(64, '0');
  features[33] = '1';
  rig.tree.write(at + "/virtio0/status", "0x0000000f\n");
  rig.tree.write(at + "/virtio0/features", features + "\n");
  CHECK_FALSE(open_sysfs(kFunction, {.past_iommu = true}, rig.tree.sources()));
  CHECK(rig.tree.driver_of(kFunction) == "ixgbe");
}

TEST_CASE("A function that was pulled out, or that a driver of the kernel has taken, is gone") {
  if (!may_try()) return;
  const SysfsRig rig("");
  const auto function = rig.open();
  const auto bar = function->open_bar(0, 0x4000);
  REQUIRE(bar);
  (*bar)->write<std::uint32_t>(0, 1);
  SECTION("pulled out") {
    rig.tree.write(SysfsTree::folder(kFunction) + "/config", std::string(256, '\xff'));
    CHECK(function->gone());
    CHECK(function->why_gone().find("does not answer") != std::string::npos);
  }
  SECTION("taken") {
    rig.tree.link(SysfsTree::folder(kFunction) + "/driver", "bus/pci/drivers/ixgbe");
    CHECK(function->gone());
    CHECK(function->why_gone().find("bound to a driver") != std::string::npos);
  }
  CHECK((*bar)->read<std::uint32_t>(0) == 0xffffffff);
  (*bar)->write<std::uint32_t>(0, 5);
  CHECK(rig.tree.read(SysfsTree::folder(kFunction) + "/resource0")[0] == '\1');
}

TEST_CASE("B4 rights that are missing are told in one message") {
  if (::geteuid() != 0) {
    WARN("not tried: it takes root to give rights away");
    return;
  }
  const SysfsRig rig;
  ::chmod(rig.tree.root().c_str(), 0755);
  REQUIRE(::seteuid(65534) == 0);
  const auto opened = open_sysfs(kFunction, {}, rig.tree.sources());
  REQUIRE(::seteuid(0) == 0);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ExitCode::refused);
  for (const char* part :
       {"/config'", "/driver/unbind'", "/driver/bind'", "CAP_SYS_ADMIN", "sudo ixyflow dev bind"}) {
    INFO(opened.error().text);
    CHECK(opened.error().text.find(part) != std::string::npos);
  }
  CHECK(rig.tree.driver_of(kFunction) == "ixgbe");
}

TEST_CASE("Opening through sysfs a hundred times leaves no descriptor behind") {
  if (!may_try()) return;
  const SysfsRig rig("");
  const auto before = open_descriptors();
  for (int i = 0; i < 100; ++i) {
    const auto function = rig.open();
    const auto bar = function->open_bar(0, 0x4000);
    CHECK(bar);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("L4 nobody keeps a function from us by a lock on what everybody may read") {
  if (!may_try()) return;
  const SysfsRig rig("");
  const std::string config = rig.tree.root() + "/" + SysfsTree::folder(kFunction) + "/config";
  const FileDescriptor strangers(::open(config.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::flock(strangers.get(), LOCK_EX) == 0);
  CHECK(rig.open() != nullptr);
}

// ThreadSanitizer takes a fork of what has threads, as the kernel of the test, for a mistake.
#if !defined(__SANITIZE_THREAD__)

TEST_CASE("G17 the function of a process that is killed is no bus master, and its driver has it back") {
  if (!may_try()) return;
  const SysfsRig rig;
  std::array<int, 2> ready{};
  REQUIRE(::pipe2(ready.data(), O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const Guardian guardian;
    const auto function = open_sysfs(kFunction, {}, rig.tree.sources());
    if (!function || !(*function)->set_bus_master(true) || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(ready[1]);
  char word = 0;
  REQUIRE(::read(ready[0], &word, 1) == 1);
  ::close(ready[0]);
  CHECK(rig.tree.driver_of(kFunction) == "");
  CHECK(rig.command() == 7);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(rig.becomes_bound_to("ixgbe"));
  CHECK(rig.command() == 3);
  // Whoever comes next waits for the rest of the dead one.
  CHECK(rig.open() != nullptr);
}

#endif
