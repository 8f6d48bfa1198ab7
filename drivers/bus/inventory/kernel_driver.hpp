#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace ixyflow::drivers {

/// The driver of the kernel that a PCI function is bound to; "" for none. `function` is its folder in sysfs.
std::string bound_driver(const std::string& function);

/// Takes the function from its driver, if it has one. Errors: refused, unavailable.
Result<void> unbind_driver(const std::string& function, std::string_view address);

/// Has the kernel look for a driver for the function, and waits until it is bound to `driver` ("": any).
/// Errors: refused, unavailable.
Result<void> probe_driver(std::string_view sysfs, const std::string& function, std::string_view address,
                          std::string_view driver);

/// Binds the function, which has no driver, to `driver`, or to the one that the kernel finds when that is "".
/// Errors: refused, unavailable.
Result<void> bind_driver(std::string_view sysfs, const std::string& function, std::string_view address,
                         const std::string& driver);

/// A driver that a function was taken from, to give it back.
class KernelDriver {
 public:
  KernelDriver(std::string_view sysfs, std::string_view address, std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Binds the function again; 0 or an errno.
  [[nodiscard]] int bind() const noexcept;
  /// The file that takes the address of a function to bind.
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

 private:
  std::string address_;
  std::string name_;
  std::string file_;
};

}  // namespace ixyflow::drivers
