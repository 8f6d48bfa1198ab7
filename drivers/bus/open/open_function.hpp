#pragma once

#include <memory>
#include <string_view>

#include "core/base/result.hpp"
#include "drivers/bus/pci_function.hpp"

namespace ixyflow::drivers {

/// Takes over the function that `device` names. Errors: refused (in use, no right: what is missing and how to
/// get it), unavailable (it is not there or does not answer), configuration. Nothing is left changed then.
Result<std::unique_ptr<PciFunction>> open_pci_function(std::string_view device, const PciOptions& options);

}  // namespace ixyflow::drivers
