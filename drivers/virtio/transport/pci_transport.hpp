#pragma once

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "drivers/bus/pci_function.hpp"
#include "drivers/virtio/transport/transport.hpp"

namespace ixyflow::drivers::virtio {

/// What both kinds of virtio PCI functions have in common: memory, the bus, and being gone.
class PciTransport : public Transport {
 public:
  Result<void> reset() override;
  void cut_off() noexcept override { static_cast<void>(function_->set_bus_master(false)); }
  Result<void> map(const DmaMemory& memory) override { return function_->map(memory); }
  void unmap(const DmaMemory& memory) noexcept override { function_->unmap(memory); }
  [[nodiscard]] DeviceAddresses addresses() const noexcept override { return function_->addresses(); }
  void settle() noexcept override { function_->settle(); }
  [[nodiscard]] bool gone() const noexcept override { return function_->gone(); }
  [[nodiscard]] std::string why_gone() const override { return function_->why_gone(); }

 protected:
  explicit PciTransport(std::unique_ptr<PciFunction> function) : function_(std::move(function)) {}
  [[nodiscard]] PciFunction& function() noexcept { return *function_; }
  virtual void write_status(std::uint8_t status) = 0;

 private:
  std::unique_ptr<PciFunction> function_;
};

/// The transport of a virtio network function: modern where its capabilities say how, else legacy. Errors:
/// refused (another device), unavailable (it describes itself in a way that cannot be).
Result<std::unique_ptr<Transport>> open_pci_transport(std::unique_ptr<PciFunction> function);

/// The two kinds, which `open_pci_transport` chooses from. A modern one that lacks its capabilities: nullptr.
Result<std::unique_ptr<Transport>> open_modern(std::unique_ptr<PciFunction>& function);
Result<std::unique_ptr<Transport>> open_legacy(std::unique_ptr<PciFunction> function);

}  // namespace ixyflow::drivers::virtio
