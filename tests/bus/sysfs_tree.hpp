#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/bus/inventory/in_use.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ixyflow::test {

/// A folder with what /sys and /proc tell of PCI functions, as a test wants it.
class SysfsTree {
 public:
  SysfsTree();

  struct Function {
    std::string address = "0000:03:00.0";
    std::string vendor = "0x8086";
    std::string device = "0x10fb";
    std::string type = "0x020000";  ///< class
    std::string driver;             ///< "": none
    std::string interface;          ///< "": none
    int node = -1;
    int group = -1;  ///< IOMMU group; -1: none
    bool virtio = false;
  };
  /// Adds a function with its configuration space and BARs: 0 is memory of 16 KiB, 2 has 32 I/O ports, 4 is
  /// memory of 512 bytes that begins 256 bytes after a page.
  void add(const Function& function);
  void write(const std::string& path, std::string_view text) const;
  [[nodiscard]] std::string read(const std::string& path) const;
  void link(const std::string& path, const std::string& target) const;

  [[nodiscard]] std::string root() const { return root_.string(); }
  [[nodiscard]] static std::string folder(const std::string& address) { return "bus/pci/devices/" + address; }
  [[nodiscard]] static std::string interface(const SysfsTree::Function& function);
  /// The driver that a function is bound to.
  [[nodiscard]] std::string driver_of(const std::string& address) const;
  [[nodiscard]] drivers::NetworkSources sources() const;

 private:
  TemporaryFolder folder_;
  std::filesystem::path root_ = folder_.path();
};

/// What the kernel does when somebody writes to files of a tree: it binds and unbinds drivers. `defaults` is
/// the driver that takes a function by itself, by address.
class FakeKernel {
 public:
  FakeKernel(SysfsTree& tree, std::vector<std::string> drivers, std::map<std::string, std::string> defaults);
  ~FakeKernel();
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;

  /// A driver that does not take the function although it is asked.
  void refuse(const std::string& driver) {
    const std::lock_guard lock(mutex_);
    refusing_ = driver;
  }

 private:
  struct File {
    FileDescriptor fd;
    std::string driver;  ///< "" for drivers_probe
    bool bind = false;
  };
  void add_file(const std::string& path, const std::string& driver, bool bind);
  void run();
  void act(const File& file, const std::string& address);
  void set_driver(const std::string& address, const std::string& driver);

  SysfsTree& tree_;
  std::map<std::string, std::string> defaults_;
  std::mutex mutex_;
  std::string refusing_;
  std::vector<File> files_;
  FileDescriptor stop_;
  std::thread thread_;
};

}  // namespace ixyflow::test
