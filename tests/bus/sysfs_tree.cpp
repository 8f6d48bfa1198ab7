#include "tests/bus/sysfs_tree.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace ixyflow::test {

namespace fs = std::filesystem;

SysfsTree::SysfsTree() {
  fs::create_directories(root_ / "bus/pci/devices");
  fs::create_directories(root_ / "bus/pci/drivers");
  fs::create_directories(root_ / "proc/net");
}

void SysfsTree::write(const std::string& path, std::string_view text) const {
  fs::create_directories((root_ / path).parent_path());
  std::ofstream(root_ / path) << text;
}

std::string SysfsTree::read(const std::string& path) const {
  std::stringstream text;
  text << std::ifstream(root_ / path).rdbuf();
  return text.str();
}

void SysfsTree::link(const std::string& path, const std::string& target) const {
  fs::create_directories((root_ / path).parent_path());
  fs::create_directories(root_ / target);
  fs::create_directory_symlink(root_ / target, root_ / path);
}

std::string SysfsTree::interface(const Function& function) {
  return folder(function.address) + (function.virtio ? "/virtio0/net/" : "/net/") + function.interface;
}

void SysfsTree::add(const Function& function) {
  const std::string at = folder(function.address) + "/";
  write(at + "vendor", function.vendor + "\n");
  write(at + "device", function.device + "\n");
  write(at + "class", function.type + "\n");
  write(at + "numa_node", std::to_string(function.node) + "\n");
  write(at + "driver_override", "(null)\n");
  std::string config(256, '\0');
  config.replace(0, 4, std::string("\x86\x80\xfb\x10", 4));
  config[4] = 4;
  write(at + "config", config);
  write(at + "resource",
        "0x00000000fe000000 0x00000000fe003fff 0x0000000000040200\n"
        "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
        "0x000000000000c000 0x000000000000c01f 0x0000000000040101\n"
        "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
        "0x00000000fe004100 0x00000000fe0042ff 0x0000000000040200\n"
        "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
  write(at + "resource0", std::string(0x4000, '\0'));
  write(at + "resource2", std::string(32, '\0'));
  write(at + "resource4", std::string(0x1000, '\0'));
  if (!function.driver.empty()) link(at + "driver", "bus/pci/drivers/" + function.driver);
  if (function.group >= 0) {
    const std::string group = "kernel/iommu_groups/" + std::to_string(function.group);
    link(at + "iommu_group", group);
    write(group + "/type", "identity\n");
  }
  if (!function.interface.empty()) {
    write(interface(function) + "/flags", "0x1002\n");
    write(interface(function) + "/operstate", "down\n");
  }
}

std::string SysfsTree::driver_of(const std::string& address) const {
  std::error_code error;
  return fs::read_symlink(root_ / folder(address) / "driver", error).filename().string();
}

drivers::NetworkSources SysfsTree::sources() const {
  return {.sysfs = root(), .procfs = root() + "/proc", .addresses = false, .locks = root() + "/run"};
}

FakeKernel::FakeKernel(SysfsTree& tree, std::vector<std::string> drivers,
                       std::map<std::string, std::string> defaults)
    : tree_(tree), defaults_(std::move(defaults)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  add_file("bus/pci/drivers_probe", "", true);
  for (const std::string& driver : drivers) {
    fs::create_directories(tree.root() + "/bus/pci/drivers/" + driver);
    add_file("bus/pci/drivers/" + driver + "/bind", driver, true);
    add_file("bus/pci/drivers/" + driver + "/unbind", driver, false);
  }
  thread_ = std::thread([this] { run(); });
}

FakeKernel::~FakeKernel() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

void FakeKernel::add_file(const std::string& path, const std::string& driver, bool bind) {
  const std::string file = tree_.root() + "/" + path;
  ::mkfifo(file.c_str(), 0600);
  files_.push_back({FileDescriptor(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)), driver, bind});
}

void FakeKernel::run() {
  while (true) {
    std::vector<pollfd> events{{stop_.get(), POLLIN, 0}};
    for (const File& file : files_) events.push_back({file.fd.get(), POLLIN, 0});
    ::poll(events.data(), events.size(), -1);
    if (events[0].revents != 0) return;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (events[i + 1].revents == 0) continue;
      std::array<char, 64> text{};
      const ssize_t count = ::read(files_[i].fd.get(), text.data(), text.size());
      if (count > 0) act(files_[i], std::string(text.data(), static_cast<std::size_t>(count)));
    }
  }
}

void FakeKernel::act(const File& file, const std::string& address) {
  if (!file.bind) {
    if (tree_.driver_of(address) == file.driver) set_driver(address, "");
    return;
  }
  std::string driver = file.driver;
  if (driver.empty()) {
    driver = tree_.read(SysfsTree::folder(address) + "/driver_override");
    while (!driver.empty() && driver.back() == '\n') driver.pop_back();
    if (driver.empty() || driver == "(null)") driver = defaults_[address];
  }
  const std::lock_guard lock(mutex_);
  if (tree_.driver_of(address).empty() && driver != refusing_) set_driver(address, driver);
}

void FakeKernel::set_driver(const std::string& address, const std::string& driver) {
  const fs::path link = fs::path(tree_.root()) / SysfsTree::folder(address) / "driver";
  std::error_code ignored;
  fs::remove(link, ignored);
  if (!driver.empty()) tree_.link(SysfsTree::folder(address) + "/driver", "bus/pci/drivers/" + driver);
}

}  // namespace ixyflow::test
