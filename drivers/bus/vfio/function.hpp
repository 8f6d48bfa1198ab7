#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/bus/pci_function.hpp"
#include "drivers/bus/region.hpp"
#include "drivers/bus/vfio/container.hpp"

namespace ixyflow::drivers {

/// A function of this machine that is bound to vfio-pci.
class VfioFunction final : public PciFunction {
 public:
  /// Does nothing yet. `sysfs` is where /sys is.
  VfioFunction(std::string address, std::string_view sysfs);
  ~VfioFunction() override;

  /// Takes the function. Errors: refused, unavailable.
  Result<void> begin();

  Result<std::uint32_t> read_config(std::uint32_t offset, std::uint32_t bytes) override;
  Result<void> write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) override;
  Result<std::unique_ptr<Bar>> open_bar(unsigned index, std::size_t minimum) override;
  Result<void> map(const DmaMemory& memory) override;
  void unmap(const DmaMemory& memory) noexcept override;
  [[nodiscard]] DeviceAddresses addresses() const noexcept override { return DeviceAddresses::linear; }
  Result<bool> reset() override;
  Result<int> interrupt(unsigned vector) override;
  [[nodiscard]] bool gone() const noexcept override;
  [[nodiscard]] std::string why_gone() const override;

 private:
  /// Who made the function be gone.
  enum class End : std::uint8_t { none, claimed_back, failed, removed };

  Result<void> open_device();
  Result<void> ask_device();
  void watch_requests();
  Result<Region> region(unsigned index);
  Result<void> set_eventfds(unsigned index, const std::vector<int>& fds);
  void unmap_pieces(std::span<const DmaMemory::Piece> pieces) noexcept;
  void give_back(End end) const noexcept;

  std::string address_;
  std::string folder_;
  mutable std::mutex mutex_;                  ///< of `group_` and `mapped_`
  mutable std::shared_ptr<VfioGroup> group_;  ///< none when the function was given back
  FileDescriptor device_;
  FileDescriptor nothing_;  ///< takes the device's place when it is given back
  Region config_;
  bool resettable_ = false;
  std::vector<DmaMemory::Piece> mapped_;
  FileDescriptor error_event_;
  FileDescriptor request_event_;
  std::vector<FileDescriptor> interrupts_;  ///< by MSI-X vector; -1 where nobody asked
  mutable std::atomic<bool> gone_{false};
  mutable std::atomic<End> end_{End::none};
};

/// The function `address`, which is bound to vfio-pci. Errors: refused, unavailable.
Result<std::unique_ptr<PciFunction>> open_vfio(const std::string& address, const PciOptions& options);

}  // namespace ixyflow::drivers
