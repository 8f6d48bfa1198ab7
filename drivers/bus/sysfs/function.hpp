#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "core/os/files/lock_file.hpp"
#include "core/os/guardian/guardian.hpp"
#include "core/os/last_acts.hpp"
#include "drivers/bus/inventory/in_use.hpp"
#include "drivers/bus/inventory/kernel_driver.hpp"
#include "drivers/bus/pci_function.hpp"

namespace ixyflow::drivers {

/// A function of this machine that no driver has, through the files that sysfs has for it. Its memory has
/// physical addresses, because nothing translates.
class SysfsFunction final : public PciFunction {
 public:
  /// Does nothing yet.
  SysfsFunction(std::string address, NetworkSources sources);
  ~SysfsFunction() override;

  /// Takes the function from the kernel. Errors: refused (in use, missing rights, an IOMMU translates),
  /// unavailable.
  Result<void> begin(const PciOptions& options);

  Result<std::uint32_t> read_config(std::uint32_t offset, std::uint32_t bytes) override;
  Result<void> write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) override;
  Result<std::unique_ptr<Bar>> open_bar(unsigned index, std::size_t minimum) override;
  Result<void> map(const DmaMemory& memory) override;
  void unmap(const DmaMemory& /*memory*/) noexcept override {}
  [[nodiscard]] DeviceAddresses addresses() const noexcept override { return DeviceAddresses::physical; }
  Result<bool> reset() override;
  Result<int> interrupt(unsigned vector) override;
  [[nodiscard]] bool gone() const noexcept override;
  [[nodiscard]] std::string why_gone() const override;

 private:
  Result<void> check_rights() const;
  Result<void> check_translation(const PciOptions& options) const;
  Result<void> take_over();
  Result<void> take_lock();
  Result<void> leave_to_guardian();
  Result<void> enable_decoding();
  static void quiet(void* self) noexcept;

  std::string address_;
  NetworkSources sources_;
  std::string folder_;
  std::string driver_link_;
  std::optional<LockFile> lock_;
  FileDescriptor config_;
  std::uint16_t command_ = 0;  ///< the command register as it was, without bus mastering
  bool begun_ = false;
  std::optional<KernelDriver> driver_;  ///< bound before
  mutable std::atomic<bool> gone_{false};
  mutable std::atomic<bool> taken_{false};  ///< by a driver of the kernel
  std::optional<LastAct> last_act_;
  std::vector<GuardianAct> guardian_acts_;
};

/// The function `address` in a tree like /sys. Errors: refused, unavailable.
Result<std::unique_ptr<PciFunction>> open_sysfs(const std::string& address, const PciOptions& options,
                                                const NetworkSources& sources = {});

}  // namespace ixyflow::drivers
