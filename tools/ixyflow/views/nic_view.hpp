#pragma once

#include <string>
#include <vector>

#include "core/base/values/value.hpp"
#include "drivers/bus/inventory/inventory.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// PCI network cards as a table: what they are, who uses them, and whether ixyflow can have them.
std::string nics_text(const std::vector<drivers::PciNic>& nics, Look look);
/// The same as JSON, with every number.
Value nics_json(const std::vector<drivers::PciNic>& nics);

}  // namespace ixyflow::tools
