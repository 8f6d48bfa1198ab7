#pragma once

#include <string_view>

#include "core/base/result.hpp"

namespace ixyflow::drivers {

/// Whether the port driver `driver` of ixyflow is for the PCI function `address`; "": whether any is. Asked
/// before anything else is found wrong with a function, because no advice about it would help. Reads files of
/// `sysfs` only. Error (refused): what the function is, and what is for it.
Result<void> check_port_driver(std::string_view sysfs, std::string_view address, std::string_view driver);

}  // namespace ixyflow::drivers
