#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "drivers/bus/inventory/in_use.hpp"

namespace ixyflow::drivers {

/// Where bindings are changed and what was before is kept.
struct BindingPlace {
  NetworkSources sources;
  std::string
      state;  ///< folder for what was bound before, one file per function; it is made when it is missing
};

/// What a change of a binding did.
struct BindingChange {
  std::string before;  ///< driver of the kernel; "" for none
  std::string after;
};

/// Binds the function `address` to vfio-pci and keeps in mind what it was bound to. With `force` also when it
/// is in use, when no driver of ixyflow is for it, or when it would not work through VFIO. Errors: refused,
/// unavailable, configuration; then the binding is as it was.
Result<BindingChange> bind_to_vfio(std::string_view address, bool force, const BindingPlace& place);

/// Gives the function back to what it was bound to before; where that is not known, to the driver that the
/// kernel finds for it. Errors: refused, unavailable.
Result<BindingChange> restore_binding(std::string_view address, const BindingPlace& place);

}  // namespace ixyflow::drivers
