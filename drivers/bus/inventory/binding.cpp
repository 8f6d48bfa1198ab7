#include "drivers/bus/inventory/binding.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>

#include "core/base/diagnostics.hpp"
#include "core/os/files/lock_file.hpp"
#include "core/os/system_error.hpp"
#include "drivers/bus/device_string.hpp"
#include "drivers/bus/inventory/kernel_driver.hpp"
#include "drivers/bus/inventory/past_iommu.hpp"
#include "drivers/bus/inventory/port_driver.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

constexpr std::string_view kVfio = "vfio-pci";
constexpr const char* kNone = "(none)";  ///< stands in a state file for no driver

std::string state_file(const BindingPlace& place, std::string_view address) {
  return fmt::format("{}/{}.before", place.state, address);
}

/// The driver that a state file names ("" for none); nullopt when there is no such file.
std::optional<std::string> remembered(const BindingPlace& place, std::string_view address) {
  auto text = read_text(state_file(place, address));
  if (text && *text == kNone) text->clear();
  // The name becomes part of a path.
  if (text && (text->find('/') != std::string::npos || text->starts_with('.'))) return "";
  return text;
}

Result<void> remember(const BindingPlace& place, std::string_view address, const std::string& driver) {
  // What was there before the first of several changes counts.
  if (remembered(place, address)) return {};
  const std::string file = state_file(place, address);
  ::mkdir(place.state.c_str(), 0755);
  std::ofstream out(file);
  out << (driver.empty() ? kNone : driver) << '\n';
  out.close();
  if (out) return {};
  return fail(ExitCode::refused, fmt::format("cannot write '{}', which keeps what {} was bound to: {}",
                                             printable(file), address, system_error_text(errno)));
}

/// Names the only driver that may have the function; "" lifts that.
Result<void> set_override(const std::string& folder, std::string_view driver) {
  const std::string file = folder + "/driver_override";
  const int error = write_text(file, fmt::format("{}\n", driver));
  if (error == 0) return {};
  return fail(error == EACCES || error == EPERM || error == EROFS ? ExitCode::refused : ExitCode::unavailable,
              fmt::format("cannot write '{}': {}; it takes root", file, system_error_text(error)));
}

/// Gives the function to `driver`, or to whoever takes it when that is "".
Result<void> give_to(const std::string& driver, const std::string& folder, std::string_view address,
                     const BindingPlace& place) {
  if (auto lifted = set_override(folder, ""); !lifted) return lifted;
  if (auto free = unbind_driver(folder, address); !free) return free;
  return bind_driver(place.sources.sysfs, folder, address, driver);
}

/// A function that a process drives through sysfs is not taken from under it.
Result<void> check_idle(std::string_view address, const BindingPlace& place) {
  if (!LockFile::taken(place.sources.locks, function_lock(address))) return {};
  return fail(ExitCode::refused,
              fmt::format("{} is in use: a process drives it; nothing was changed", address));
}

Result<void> check_vfio(const std::string& folder, std::string_view address, const BindingPlace& place) {
  if (!exists(fmt::format("{}/bus/pci/drivers/{}", place.sources.sysfs, kVfio)))
    return fail(ExitCode::unavailable, "the kernel's driver vfio-pci is not loaded: sudo modprobe vfio-pci");
  if (!exists(folder + "/iommu_group"))
    return fail(
        ExitCode::unavailable,
        fmt::format(
            "{} is in no IOMMU group, so that VFIO cannot have it: the IOMMU is off (intel_iommu=on or "
            "amd_iommu=on on the kernel's command line); as root it can be used without binding it",
            address));
  return {};
}

Result<std::string> folder_of(std::string_view address, const BindingPlace& place) {
  if (!pci_address(address))
    return fail(ExitCode::usage,
                fmt::format("'{}' is no PCI address as 0000:03:00.0 or 03:00.0", printable(address, 60)));
  const auto found = locate_in(place.sources.sysfs, address);
  if (!found) return std::unexpected(found.error());
  return pci_folder(place.sources.sysfs, found->address);
}

/// What speaks against binding the function, the first cause first; "": nothing.
std::string why_not(const std::string& folder, std::string_view address, const BindingPlace& place) {
  if (auto ours = check_port_driver(place.sources.sysfs, address, ""); !ours) return ours.error().text;
  if (const std::string used = why_in_use(address, place.sources); !used.empty()) return used;
  if (!goes_past_iommu(folder).value_or(false)) return "";
  return fmt::format(
      "{} goes past the IOMMU (QEMU: it has no iommu_platform=on), so that it does not work through "
      "VFIO; as root it can be used without binding it",
      address);
}

}  // namespace

Result<BindingChange> bind_to_vfio(std::string_view address, bool force, const BindingPlace& place) {
  const auto folder = folder_of(address, place);
  if (!folder) return std::unexpected(folder.error());
  const std::string full = *pci_address(address);
  const std::string before = bound_driver(*folder);
  if (before == kVfio) return BindingChange{before, before};
  if (!force)
    if (const std::string why = why_not(*folder, full, place); !why.empty())
      return fail(ExitCode::refused, fmt::format("{}; nothing was changed (--force binds it anyway)", why));
  if (auto idle = check_idle(full, place); !idle) return std::unexpected(idle.error());
  if (auto good = check_vfio(*folder, full, place); !good) return std::unexpected(good.error());
  if (auto kept = remember(place, full, before); !kept) return std::unexpected(kept.error());
  Result<void> done = set_override(*folder, kVfio);
  if (done) done = unbind_driver(*folder, full);
  if (done) done = probe_driver(place.sources.sysfs, *folder, full, kVfio);
  if (done) return BindingChange{before, std::string(kVfio)};
  static_cast<void>(set_override(*folder, ""));
  if (!before.empty() && bound_driver(*folder) != before)
    static_cast<void>(give_to(before, *folder, full, place));
  if (bound_driver(*folder) == before) ::unlink(state_file(place, full).c_str());
  return std::unexpected(done.error());
}

Result<BindingChange> restore_binding(std::string_view address, const BindingPlace& place) {
  const auto folder = folder_of(address, place);
  if (!folder) return std::unexpected(folder.error());
  const std::string full = *pci_address(address);
  if (auto idle = check_idle(full, place); !idle) return std::unexpected(idle.error());
  const std::string now = bound_driver(*folder);
  const auto wanted = remembered(place, full);
  Result<void> done;
  if (wanted && wanted->empty() && now == kVfio) {
    done = set_override(*folder, "");
    if (done) done = unbind_driver(*folder, full);
  } else if (now == kVfio || now.empty()) {
    done = give_to(wanted.value_or(""), *folder, full, place);
  }
  if (!done) return std::unexpected(done.error());
  ::unlink(state_file(place, full).c_str());
  return BindingChange{now, bound_driver(*folder)};
}

}  // namespace ixyflow::drivers
