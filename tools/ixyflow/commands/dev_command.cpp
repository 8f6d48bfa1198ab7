#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/base/units.hpp"
#include "core/os/files/runtime_directory.hpp"
#include "drivers/bus/device_string.hpp"
#include "drivers/bus/inventory/binding.hpp"
#include "drivers/bus/inventory/inventory.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/process/bind_rollback.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/views/nic_view.hpp"

namespace ixyflow::tools {
namespace {

using drivers::PciNic;

/// What tells of devices: /sys and /proc, or what IXYFLOW_SYSFS names, for tests.
drivers::NetworkSources network_sources() {
  const char* other = std::getenv("IXYFLOW_SYSFS");
  if (other == nullptr || *other == '\0') return {};
  return {.sysfs = other, .procfs = std::string(other) + "/proc", .addresses = false};
}

class DevCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "dev"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::machine, 1}; }
  [[nodiscard]] std::string_view summary() const override {
    return "list PCI network cards, give one to ixyflow and back";
  }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow dev\n  sudo ixyflow dev bind 0000:03:00.0 --confirm-within 60s\n  sudo ixyflow dev confirm\n"
           "  sudo ixyflow dev restore 0000:03:00.0";
  }

  void declare(CommandLine& line) override {
    line.positional("ACTION", action_, 0, 1, "bind (to vfio-pci), confirm or restore; without it, a list");
    line.positional("ADDRESS", address_, 0, 1, "0000:03:00.0 or 03:00.0");
    line.choice("--format", format_, {"text", "json"}, "of the list (default text)");
    line.value(
        "--confirm-within", "TIME",
        [this](const std::string& text) -> std::string {
          const auto within = parse_duration(text);
          if (!within || within->ns == 0)
            return fmt::format("takes a time as 60s, not '{}'", printable(text, 40));
          within_ = *within;
          return "";
        },
        "bind: give it back unless 'ixyflow dev confirm' comes in time");
    line.flag("--force", force_, "bind: even if its interface is in use, or no driver here is for it");
  }

  ExitCode run(Console& console) override {
    place_ = {.sources = network_sources(), .state = runtime_directory() + "/bind"};
    const std::string action = action_.empty() ? "" : action_.front();
    if (action != "bind" && (force_ || within_.ns != 0))
      return console.failed({ExitCode::usage, "--force and --confirm-within belong to 'dev bind'"});
    if (action.empty()) return list(console);
    if (action == "confirm") return confirm(console);
    if (action == "bind" || action == "restore") {
      const auto address = address_.empty() ? std::nullopt : drivers::pci_address(address_.front());
      if (!address)
        return console.failed(
            {ExitCode::usage,
             fmt::format("dev {} takes the address of a device as 0000:03:00.0 or 03:00.0", action)});
      return action == "bind" ? bind(*address, console) : restore(*address, console);
    }
    return console.failed(
        {ExitCode::usage,
         with_suggestion(fmt::format("dev knows bind, confirm and restore, not '{}'", printable(action, 40)),
                         action, {"bind", "confirm", "restore"})});
  }

 private:
  ExitCode list(Console& console) {
    const auto nics = drivers::pci_nics(place_.sources);
    if (format_ == "json")
      console.out(write_json(nics_json(nics)));
    else if (nics.empty())
      console.note("there are no PCI network cards on this machine");
    else
      console.out(nics_text(nics, console.look()));
    return ExitCode::ok;
  }

  ExitCode bind(const std::string& address, Console& console) {
    if (auto ready = prepare_runtime_directory(runtime_directory()); !ready)
      return console.failed(ready.error());
    if (within_.ns != 0)
      if (auto waiting = roll_back_unless_confirmed(address, within_, place_); !waiting)
        return console.failed(waiting.error());
    const auto change = drivers::bind_to_vfio(address, force_, place_);
    if (!change || change->before == change->after) confirm_bindings(address, place_);
    if (!change) return console.failed(change.error());
    if (change->before == change->after) {
      console.out(fmt::format("{} is bound to {} already\n", address, change->after));
      return ExitCode::ok;
    }
    console.out(fmt::format("{} is bound to {} (was {}); undo: ixyflow dev restore {}\n", address,
                            change->after, change->before.empty() ? "bound to nothing" : change->before,
                            address));
    if (within_.ns != 0)
      console.out(fmt::format("'ixyflow dev confirm' within {} or it is given back\n", show(within_)));
    for (const PciNic& nic : drivers::pci_nics(place_.sources))
      if (nic.address == address) tell_of_use(nic, console);
    return ExitCode::ok;
  }

  static void tell_of_use(const PciNic& nic, Console& console) {
    if (nic.iommu_group >= 0)
      console.out(fmt::format("for use without root: sudo chown $USER /dev/vfio/{}\n", nic.iommu_group));
    if (!nic.past_iommu)
      console.out(
          fmt::format("it works so if QEMU has made it with iommu_platform=on; if not, ixyflow drives it as "
                      "root once it is restored: ixyflow dev restore {}\n",
                      nic.address));
  }

  ExitCode confirm(Console& console) {
    const auto address = address_.empty() ? std::nullopt : drivers::pci_address(address_.front());
    if (!address_.empty() && !address)
      return console.failed({ExitCode::usage, "dev confirm takes no address, or one as 0000:03:00.0"});
    const auto confirmed = confirm_bindings(address.value_or(""), place_);
    if (confirmed.empty()) return console.failed({ExitCode::no, "nothing waits to be confirmed"});
    console.out(fmt::format("confirmed: {}\n", fmt::join(confirmed, ", ")));
    return ExitCode::ok;
  }

  ExitCode restore(const std::string& address, Console& console) {
    confirm_bindings(address, place_);
    const auto change = drivers::restore_binding(address, place_);
    if (!change) return console.failed(change.error());
    const std::string after = change->after.empty() ? "bound to nothing" : "bound to " + change->after;
    console.out(change->before == change->after
                    ? fmt::format("{} is {}; there was nothing to give back\n", address, after)
                    : fmt::format("{} is {} again\n", address, after));
    return ExitCode::ok;
  }

  std::vector<std::string> action_;
  std::vector<std::string> address_;
  std::string format_ = "text";
  Duration within_{};
  bool force_ = false;
  drivers::BindingPlace place_;
};

IXYFLOW_COMMAND(DevCommand);

}  // namespace
}  // namespace ixyflow::tools
