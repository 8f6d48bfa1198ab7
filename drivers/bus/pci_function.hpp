#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/packet/dma_memory.hpp"
#include "drivers/bus/bar.hpp"

namespace ixyflow::drivers {

/// The ways to a PCI function.
enum class PciWay : std::uint8_t {
  sysfs,      ///< as root: resource files, physical addresses, huge pages
  vfio,       ///< bound to vfio-pci: an IOMMU translates, no root needed
  vfio_user,  ///< a device model in another process, behind a UNIX socket
};

/// Where a device string leads, found by reading only: nothing is opened or changed.
struct PciPlace {
  PciWay way = PciWay::sysfs;
  std::string address;  ///< "0000:03:00.0" with its domain, or the path of the socket
  int node = -1;        ///< NUMA node; -1: unknown, or near to everything
};

/// Whether `device` has a form that `open_pci_function` takes: "0000:03:00.0", "03:00.0" or
/// "vfio-user:/path". An error says what is allowed. Touches nothing.
Result<void> check_device_string(std::string_view device);

/// Where a device is. Error (unavailable or configuration): there is none, with those that there are.
Result<PciPlace> locate(std::string_view device);

/// One function of a PCI device, held for itself alone until the object is destroyed: then its DMA is off,
/// and whatever was bound to it before is bound again. Control thread only, except for what Bar says.
class PciFunction {
 public:
  virtual ~PciFunction() = default;
  PciFunction(const PciFunction&) = delete;
  PciFunction& operator=(const PciFunction&) = delete;

  /// Little-endian value of `bytes` (1, 2, 4) bytes of the configuration space.
  [[nodiscard]] virtual Result<std::uint32_t> read_config(std::uint32_t offset, std::uint32_t bytes) = 0;
  virtual Result<void> write_config(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) = 0;

  /// Opens BAR `index` (0 to 5), which must have at least `minimum` bytes. It must be gone before the
  /// function is.
  virtual Result<std::unique_ptr<Bar>> open_bar(unsigned index, std::size_t minimum) = 0;

  /// Lets the device reach `memory` at its device addresses, which must be of the kind that `addresses()`
  /// tells, until `unmap` or the end.
  virtual Result<void> map(const DmaMemory& memory) = 0;
  virtual void unmap(const DmaMemory& memory) noexcept = 0;
  [[nodiscard]] virtual DeviceAddresses addresses() const noexcept = 0;

  /// Function level reset where the way offers one (false: it does not). DMA is off afterwards.
  virtual Result<bool> reset() = 0;

  /// An eventfd that becomes readable when the device raises MSI-X vector `vector`. Owned by the function.
  /// Error (refused): this way has no interrupts, or the device not so many.
  virtual Result<int> interrupt(unsigned vector) = 0;

  /// Whether the device does not answer any more: removed, claimed back by the kernel, or its model has
  /// ended. It stays so, and registers that were mapped read as all ones as well. Any thread; a system call,
  /// so not for every packet.
  [[nodiscard]] virtual bool gone() const noexcept = 0;
  /// Why it is gone, as a sentence for the operator; "" when it is not.
  [[nodiscard]] virtual std::string why_gone() const {
    return gone() ? "the device does not answer any more" : "";
  }

  /// Lets the device read and write memory by itself, or stops it: bit 2 of the command register
  /// (PCI 3.0, 6.2.2).
  Result<void> set_bus_master(bool on);

 protected:
  PciFunction() = default;
};

struct PciOptions {
  bool force = false;  ///< take it even if its interface is up, has an address or carries a route
  Duration patience{5'000'000'000};  ///< how long a device model may take for each answer
};

/// Takes over the function that `device` names. Errors: refused (in use, no right: what is missing and how to
/// get it), unavailable (it is not there or does not answer), configuration. Nothing is left changed then.
Result<std::unique_ptr<PciFunction>> open_pci_function(std::string_view device, const PciOptions& options);

}  // namespace ixyflow::drivers
