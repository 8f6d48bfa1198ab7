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

/// Stores the `wanted` addresses in `object`, an element or a port with these parameters.
Result<void> store(void* object, const std::vector<ParameterSpec>& parameters,
                   const std::vector<AddressOfPort>& wanted, const Pipeline& pipeline) {
  for (const AddressOfPort& use : wanted) {
    const PortNode& port = pipeline.ports[use.port];
    const EtherAddress address = port.port->facts().address.value_or(made_up_address(port.name));
    const auto parameter = std::ranges::find(parameters, use.parameter, &ParameterSpec::name);
    Diagnostics diagnostics;
    if (!parameter->set(object, Value(Value::Data(show(address))), *parameter, diagnostics))
      return fail(ExitCode::configuration,
                  "the address of port '" + port.name + "' is none: " + show(address));
  }
  return {};
}

}  // namespace

Result<void> store_port_addresses(Assembly& assembly) {
  const Pipeline& pipeline = assembly.pipeline;
  for (const PortNode& node : pipeline.ports)
    if (auto stored = store(node.port.get(), node.spec->parameters, node.addresses, pipeline); !stored)
      return stored;
  for (std::size_t i = 0; i < pipeline.elements.size(); ++i) {
    const ElementNode& node = pipeline.elements[i];
    if (node.addresses.empty()) continue;
    for (Element* element : assembly.copies[i]) {
      if (auto stored = store(element, node.spec->parameters, node.addresses, pipeline); !stored)
        return stored;
      element->update();
    }
  }
  return {};
}

}  // namespace ixyflow
