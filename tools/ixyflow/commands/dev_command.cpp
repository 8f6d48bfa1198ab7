#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"
#include "core/base/units.hpp"
#include "drivers/bus/device_string.hpp"
#include "drivers/bus/inventory/binding.hpp"
#include "drivers/bus/inventory/inventory.hpp"
#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/control/socket_path.hpp"
#include "tools/ixyflow/process/bind_rollback.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

using drivers::PciNic;
using Json = nlohmann::ordered_json;

/// What tells of devices: /sys and /proc, or what IXYFLOW_SYSFS names, for tests.
drivers::NetworkSources network_sources() {
  const char* other = std::getenv("IXYFLOW_SYSFS");
  if (other == nullptr || *other == '\0') return {};
  return {.sysfs = other, .procfs = std::string(other) + "/proc", .addresses = false};
}

std::string number_or_dash(int number) {
  return number < 0 ? "-" : std::to_string(number);
}

std::string text_or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string users_of(const PciNic& nic) {
  std::vector<std::string> texts;
  for (const auto& interface : nic.interfaces)
    texts.push_back(printable(interface.name, 20) + " " + interface.reason);
  return texts.empty() ? "-" : fmt::format("{}", fmt::join(texts, ", "));
}

std::string table_of(const std::vector<PciNic>& nics, bool colour) {
  using Align = TextTable::Align;
  TextTable table({{"DEVICE", Align::left},
                   {"NIC", Align::left},
                   {"DRIVER", Align::left},
                   {"NUMA", Align::left},
                   {"IOMMU", Align::left},
                   {"LINK", Align::left},
                   {"IN USE BY", Align::left},
                   {"IXYFLOW", Align::left}});
  for (const PciNic& nic : nics)
    table.add({nic.address, nic.name, text_or_dash(nic.driver), number_or_dash(nic.node),
               number_or_dash(nic.iommu_group), text_or_dash(nic.link), users_of(nic),
               drivers::verdict(nic)});
  return table.render(colour);
}

std::string json_of(const std::vector<PciNic>& nics) {
  Json list = Json::array();
  for (const PciNic& nic : nics) {
    Json interfaces = Json::array();
    for (const auto& interface : nic.interfaces)
      interfaces.push_back(
          {{"name", interface.name}, {"in_use", interface.in_use}, {"reason", interface.reason}});
    list.push_back({{"address", nic.address},
                    {"id", fmt::format("{:04x}:{:04x}", nic.vendor, nic.device)},
                    {"name", nic.name},
                    {"driver", nic.driver},
                    {"port_driver", nic.port_driver},
                    {"node", nic.node < 0 ? Json() : Json(nic.node)},
                    {"iommu_group", nic.iommu_group < 0 ? Json() : Json(nic.iommu_group)},
                    {"link", nic.link},
                    {"interfaces", interfaces},
                    {"in_use", nic.in_use()},
                    {"verdict", drivers::verdict(nic)}});
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

class DevCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "dev"; }
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
    line.flag("--force", force_, "bind: even if its interface is in use");
  }

  ExitCode run(Console& console) override {
    place_ = {.sources = network_sources(), .state = runtime_directory() + "/bind"};
    const std::string action = action_.empty() ? "" : action_.front();
    if (action != "bind" && (force_ || within_.ns != 0))
      return failed({ExitCode::usage, "--force and --confirm-within belong to 'dev bind'"}, console);
    if (action.empty()) return list(console);
    if (action == "confirm") return confirm(console);
    if (action == "bind" || action == "restore") {
      const auto address = address_.empty() ? std::nullopt : drivers::pci_address(address_.front());
      if (!address)
        return failed(
            {ExitCode::usage,
             fmt::format("dev {} takes the address of a device as 0000:03:00.0 or 03:00.0", action)},
            console);
      return action == "bind" ? bind(*address, console) : restore(*address, console);
    }
    const std::string hint = did_you_mean(action, {"bind", "confirm", "restore"});
    return failed({ExitCode::usage, fmt::format("dev knows bind, confirm and restore, not '{}'{}{}",
                                                printable(action, 40), hint.empty() ? "" : "; ", hint)},
                  console);
  }

 private:
  static ExitCode failed(const Error& error, Console& console) {
    console.error(error.text);
    return error.code;
  }

  ExitCode list(Console& console) {
    const auto nics = drivers::pci_nics(place_.sources);
    if (format_ == "json")
      console.out(json_of(nics));
    else if (nics.empty())
      console.note("there are no PCI network cards on this machine");
    else
      console.out(table_of(nics, console.colour_out()));
    return ExitCode::ok;
  }

  ExitCode bind(const std::string& address, Console& console) {
    if (auto ready = prepare_runtime_directory(runtime_directory()); !ready)
      return failed(ready.error(), console);
    if (within_.ns != 0)
      if (auto waiting = give_back_unless_confirmed(address, within_, place_); !waiting)
        return failed(waiting.error(), console);
    const auto change = drivers::bind_to_vfio(address, force_, place_);
    if (!change || change->before == change->after) confirm_bindings(address, place_);
    if (!change) return failed(change.error(), console);
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
      if (nic.address == address && nic.iommu_group >= 0)
        console.out(fmt::format("for use without root: sudo chown $USER /dev/vfio/{}\n", nic.iommu_group));
    return ExitCode::ok;
  }

  ExitCode confirm(Console& console) {
    const auto address = address_.empty() ? std::nullopt : drivers::pci_address(address_.front());
    if (!address_.empty() && !address)
      return failed({ExitCode::usage, "dev confirm takes no address, or one as 0000:03:00.0"}, console);
    const auto confirmed = confirm_bindings(address.value_or(""), place_);
    if (confirmed.empty()) return failed({ExitCode::no, "nothing waits to be confirmed"}, console);
    console.out(fmt::format("confirmed: {}\n", fmt::join(confirmed, ", ")));
    return ExitCode::ok;
  }

  ExitCode restore(const std::string& address, Console& console) {
    confirm_bindings(address, place_);
    const auto change = drivers::restore_binding(address, place_);
    if (!change) return failed(change.error(), console);
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

}  // namespace

std::unique_ptr<Command> make_dev_command() {
  return std::make_unique<DevCommand>();
}

}  // namespace ixyflow::tools
