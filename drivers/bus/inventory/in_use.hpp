#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/os/files/runtime_directory.hpp"

namespace ixyflow::drivers {

/// What the kernel does with a network interface.
struct InterfaceUse {
  std::string name;    ///< "enp4s0"
  std::string folder;  ///< in sysfs
  bool in_use = false;
  std::string reason;  ///< "carries the default route"; "is down" when it is not in use
};

/// Where files tell of interfaces and functions, and locks on these stand, so that tests can use others.
struct NetworkSources {
  std::string sysfs = "/sys";
  std::string procfs = "/proc";
  bool addresses = true;  ///< ask the kernel for addresses
  std::string locks = runtime_directory();
};

/// The interfaces of the PCI function `address` and whether they are in use: up, with an address or a route,
/// part of a bridge or bond. None for a function that has no interface. What cannot be read counts as not in
/// use.
std::vector<InterfaceUse> interfaces_of(std::string_view address, const NetworkSources& sources = {});

/// What speaks against taking the function over: "enp4s0 carries the default route"; "" when nothing does.
std::string why_in_use(std::string_view address, const NetworkSources& sources = {});

}  // namespace ixyflow::drivers
