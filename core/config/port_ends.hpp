#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/config/build_context.hpp"
#include "core/config/syntax/paths.hpp"
#include "core/element/spec.hpp"

// Ports that stand in a path themselves: "wan -> Counter -> lan". At the beginning a FromDevice called
// "wan.rx" is meant, at the end a ToDevice called "lan.tx".
namespace ixyflow {

/// The port that `name` means, "wan", "wan.rx" or "wan.tx"; index into Pipeline::ports.
std::optional<std::size_t> find_port(const BuildContext& build, std::string_view name);

/// The element that is known by the name of `hop`: a declared one, else that of a port which is used so.
std::optional<std::size_t> find_element(const BuildContext& build, const Hop& hop, PortUse use);

/// The element for the end of a path where `hop` names the port: that of an earlier path, or a new one.
std::size_t add_port_end(BuildContext& build, const Hop& hop, std::size_t port, PortUse use);

}  // namespace ixyflow
