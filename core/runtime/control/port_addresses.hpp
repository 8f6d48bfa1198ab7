#pragma once

#include "core/base/result.hpp"
#include "core/runtime/assembly/assembly.hpp"

namespace ixyflow {

/// Stores the addresses of ports that are open in the ports and elements whose parameters name them
/// ("port:wan"), and has each element compute what follows (Element::update). A port without an address of
/// its own gets one that follows from its name, so that the same file runs on a capture. Before workers run.
Result<void> store_port_addresses(Assembly& assembly);

}  // namespace ixyflow
