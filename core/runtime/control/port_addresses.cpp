#include "core/runtime/control/port_addresses.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/base/diagnostics.hpp"
#include "core/element/spec.hpp"

namespace ixyflow {

namespace {

/// A locally administered unicast address (IEEE 802, 8.4) by FNV-1a of the name: the same in every run.
EtherAddress made_up_address(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  EtherAddress address{{0x02}};
  for (std::size_t i = 1; i < address.bytes.size(); ++i)
    address.bytes[i] = static_cast<std::uint8_t>(hash >> 8 * i);
  return address;
}

Result<void> store(Element& element, const ParameterSpec& parameter, const PortNode& port) {
  const EtherAddress address = port.port->facts().address.value_or(made_up_address(port.name));
  Diagnostics diagnostics;
  if (parameter.set(&element, Value(Value::Data(show(address))), parameter, diagnostics)) return {};
  return fail(ExitCode::configuration, "the address of port '" + port.name + "' is none: " + show(address));
}

}  // namespace

Result<void> store_port_addresses(Assembly& assembly) {
  for (std::size_t i = 0; i < assembly.pipeline.elements.size(); ++i) {
    const ElementNode& node = assembly.pipeline.elements[i];
    if (node.addresses.empty()) continue;
    for (Element* element : assembly.copies[i]) {
      for (const ElementNode::AddressOfPort& use : node.addresses) {
        const auto parameter = std::ranges::find(node.spec->parameters, use.parameter, &ParameterSpec::name);
        if (auto stored = store(*element, *parameter, assembly.pipeline.ports[use.port]); !stored)
          return stored;
      }
      element->update();
    }
  }
  return {};
}

}  // namespace ixyflow
