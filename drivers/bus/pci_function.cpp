#include "drivers/bus/pci_function.hpp"

#include "drivers/bus/pci_config.hpp"

namespace ixyflow::drivers {

Result<void> PciFunction::set_bus_master(bool on) {
  const auto command = read_config(kPciCommand, 2);
  if (!command) return std::unexpected(command.error());
  if (*command == 0xffff) return fail(ExitCode::unavailable, "the device does not answer: it was removed");
  const std::uint32_t wanted = on ? *command | kPciBusMaster : *command & ~kPciBusMaster;
  return wanted == *command ? Result<void>{} : write_config(kPciCommand, wanted, 2);
}

}  // namespace ixyflow::drivers
