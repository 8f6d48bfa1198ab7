#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "drivers/bus/inventory/binding.hpp"

namespace ixyflow::tools {

/// Starts a process of its own that gives the PCI function `address` back after `within` unless that is
/// confirmed: for who may cut the branch that he sits on. To be called before the function is bound. Error
/// (output, internal).
Result<void> roll_back_unless_confirmed(const std::string& address, Duration within,
                                        const drivers::BindingPlace& place);

/// Keeps `address` from being given back, or all that wait for that when it is "". Which these are.
std::vector<std::string> confirm_bindings(const std::string& address, const drivers::BindingPlace& place);

}  // namespace ixyflow::tools
