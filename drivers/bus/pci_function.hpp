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

  /// Has doorbells that were rung, and found no way to the device at once, get there now. To be called every
  /// few milliseconds while the device works.
  virtual void settle() noexcept {}

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
  std::string_view
      driver;  ///< port driver that asks; a function that it is not for is refused ("": none asks)
  bool past_iommu = false;     ///< takes a function that may go past an IOMMU through sysfs; the driver then
                               ///< makes sure that it does before it gives it an address
  std::string_view peer_user;  ///< who may serve a device model, beside root and us: a name or number
  bool force = false;          ///< take it even if its interface is up, has an address or carries a route
  Duration patience{5'000'000'000};  ///< how long a device model may take for each answer
};

}  // namespace ixyflow::drivers
