#include "drivers/bus/inventory/kernel_driver.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <thread>

#include "core/os/system_error.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

/// Some drivers are bound and unbound by the kernel in its own time.
constexpr std::chrono::seconds kPatience{5};

bool becomes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::unexpected<Error> cannot(std::string_view what, std::string_view file, int error) {
  const bool right = error == EACCES || error == EPERM || error == EROFS;
  return fail(right ? ExitCode::refused : ExitCode::unavailable,
              fmt::format("cannot {}: '{}': {}{}", what, file, system_error_text(error),
                          right ? "; it takes root" : ""));
}

}  // namespace

std::string bound_driver(const std::string& function) {
  return link_name(function + "/driver");
}

Result<void> unbind_driver(const std::string& function, std::string_view address) {
  const std::string driver = bound_driver(function);
  if (driver.empty()) return {};
  const std::string what = fmt::format("take {} from its driver {}", address, driver);
  const std::string file = function + "/driver/unbind";
  if (const int error = write_text(file, address); error != 0) return cannot(what, file, error);
  if (becomes_true([&] { return bound_driver(function) != driver; })) return {};
  return fail(ExitCode::unavailable,
              fmt::format("cannot {}: it did not let go within {} s", what, kPatience.count()));
}

Result<void> probe_driver(std::string_view sysfs, const std::string& function, std::string_view address,
                          std::string_view driver) {
  const std::string what =
      fmt::format("bind {} to {}", address, driver.empty() ? std::string_view("a driver") : driver);
  const std::string file = fmt::format("{}/bus/pci/drivers_probe", sysfs);
  if (const int error = write_text(file, address); error != 0) return cannot(what, file, error);
  const auto bound = [&] {
    const std::string now = bound_driver(function);
    return driver.empty() ? !now.empty() : now == driver;
  };
  if (becomes_true(bound)) return {};
  return fail(ExitCode::unavailable, fmt::format("cannot {}: the driver did not take it; see dmesg", what));
}

Result<void> bind_driver(std::string_view sysfs, const std::string& function, std::string_view address,
                         const std::string& driver) {
  // A driver may have been given the function although it does not know its kind: then only asking it helps.
  if (!driver.empty() && KernelDriver(sysfs, address, driver).bind() == 0 &&
      becomes_true([&] { return bound_driver(function) == driver; }))
    return {};
  return probe_driver(sysfs, function, address, driver);
}

KernelDriver::KernelDriver(std::string_view sysfs, std::string_view address, std::string name)
    : address_(address),
      name_(std::move(name)),
      file_(fmt::format("{}/bus/pci/drivers/{}/bind", sysfs, name_)) {}

int KernelDriver::bind() const noexcept {
  return write_text(file_, address_);
}

}  // namespace ixyflow::drivers
