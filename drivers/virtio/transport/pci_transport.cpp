#include "drivers/virtio/transport/pci_transport.hpp"

#include <fmt/format.h>

#include <chrono>

#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"
#include "drivers/bus/pci_config.hpp"
#include "drivers/virtio/transport/pci_layout.hpp"

namespace ixyflow::drivers::virtio {

namespace {

constexpr std::chrono::milliseconds kResetTime{1000};
constexpr std::chrono::microseconds kLook{100};
constexpr std::uint32_t kInterruptDisable = 1U << 10;  // of the command register (PCI 3.0, 6.2.2)

}  // namespace

/// 4.1.4.3.2: the driver waits until the status reads 0.
Result<void> PciTransport::reset() {
  if (gone()) return fail(ExitCode::unavailable, why_gone());
  write_status(0);
  const auto until = std::chrono::steady_clock::now() + kResetTime;
  for (;;) {
    const bool late = std::chrono::steady_clock::now() > until || TimeBudget::used_up();
    if (status() == 0) break;
    // Looked at once more after the time is over: this thread may have slept through it.
    if (late)
      return gone() ? fail(ExitCode::unavailable, why_gone())
                    : fail(ExitCode::unavailable,
                           fmt::format("the device does not finish its reset (waited for {} ms)",
                                       kResetTime.count()));
    pause_for(kLook);
  }
  // A reset by other means may have cleared these. Interrupts: nobody would hear them.
  const auto command = function_->read_config(kPciCommand, 2);
  if (!command) return std::unexpected(command.error());
  if (auto quiet = function_->write_config(kPciCommand, *command | kInterruptDisable, 2); !quiet)
    return quiet;
  return function_->set_bus_master(true);
}

Result<std::unique_ptr<Transport>> open_pci_transport(std::unique_ptr<PciFunction> function) {
  const auto id = function->read_config(kPciVendor, 4);
  if (!id) return std::unexpected(id.error());
  const auto vendor = static_cast<std::uint16_t>(*id);
  const auto device = static_cast<std::uint16_t>(*id >> 16);
  if (vendor != kVendor || (device != kTransitionalNetwork && device != kModernNetwork))
    return fail(
        ExitCode::refused,
        fmt::format("this is device {:04x}:{:04x}; the driver virtio is for network devices {:04x}:{:04x} "
                    "and {:04x}:{:04x}",
                    vendor, device, kVendor, kTransitionalNetwork, kVendor, kModernNetwork));
  auto modern = open_modern(function);
  if (!modern || *modern != nullptr) return modern;
  if (device == kModernNetwork)
    return fail(ExitCode::unavailable,
                "the device does not say where its registers are: it lacks capabilities");
  return open_legacy(std::move(function));
}

}  // namespace ixyflow::drivers::virtio
