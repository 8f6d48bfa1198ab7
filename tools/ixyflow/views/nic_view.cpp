#include "tools/ixyflow/views/nic_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

using drivers::PciNic;

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

Value number_or_null(int number) {
  return number < 0 ? Value() : JsonItem(number).take();
}

Value nic_json(const PciNic& nic) {
  const auto interface_json = [](const auto& interface) {
    return json_object(
        {{"name", interface.name}, {"in_use", interface.in_use}, {"reason", interface.reason}});
  };
  return json_object({{"address", nic.address},
                      {"id", fmt::format("{:04x}:{:04x}", nic.vendor, nic.device)},
                      {"name", nic.name},
                      {"driver", nic.driver},
                      {"port_driver", nic.port_driver},
                      {"node", number_or_null(nic.node)},
                      {"iommu_group", number_or_null(nic.iommu_group)},
                      {"link", nic.link},
                      {"interfaces", json_list(nic.interfaces, interface_json)},
                      {"in_use", nic.in_use()},
                      {"verdict", drivers::verdict(nic)}});
}

}  // namespace

std::string nics_text(const std::vector<PciNic>& nics, Look look) {
  using Align = TextTable::Align;
  TextTable table({{"DEVICE", Align::left},
                   {"NIC", Align::left},
                   {"DRIVER", Align::left},
                   {"NUMA", Align::left, 1},
                   {"IOMMU", Align::left, 2},
                   {"LINK", Align::left},
                   {"IN USE BY", Align::left, 0, true},
                   {"IXYFLOW", Align::left, 0, true}});
  for (const PciNic& nic : nics)
    table.add({nic.address, nic.name, text_or_dash(nic.driver), number_or_dash(nic.node),
               number_or_dash(nic.iommu_group), text_or_dash(nic.link), users_of(nic),
               drivers::verdict(nic)});
  return table.render(look);
}

Value nics_json(const std::vector<PciNic>& nics) {
  return json_list(nics, nic_json);
}

}  // namespace ixyflow::tools
