#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <charconv>
#include <vector>

#include "core/os/system_error.hpp"
#include "drivers/bus/inventory/kernel_driver.hpp"
#include "drivers/bus/sysfs_files.hpp"
#include "drivers/bus/vfio/container.hpp"

namespace ixyflow::drivers {

namespace {

std::unexpected<Error> cannot_open(const std::string& file, int error) {
  const std::string text = fmt::format("cannot open '{}': {}", file, system_error_text(error));
  switch (error) {
    case EACCES:
    case EPERM:
      return fail(ExitCode::refused,
                  fmt::format("{}; sudo chown $USER {} gives the right to it", text, file));
    case EBUSY:
      return fail(ExitCode::refused,
                  fmt::format("{}; another process has a device of this IOMMU group", text));
    default:
      return fail(ExitCode::unavailable, text);
  }
}

/// The functions of a group that still have a driver of the kernel: "0000:03:00.1 (ixgbe)".
std::vector<std::string> others_of(const std::string& function) {
  std::vector<std::string> others;
  const std::string folder = function + "/iommu_group/devices/";
  for (const std::string& address : names_in(folder)) {
    const std::string driver = bound_driver(folder + address);
    if (!driver.empty() && driver != "vfio-pci" && driver != "pcieport")
      others.push_back(fmt::format("{} ({})", address, driver));
  }
  return others;
}

Result<FileDescriptor> open_group(const std::string& function, const std::string& file) {
  FileDescriptor group(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!group.open()) return cannot_open(file, errno);
  vfio_group_status status{};
  status.argsz = sizeof status;
  if (::ioctl(group.get(), VFIO_GROUP_GET_STATUS, &status) != 0)
    return fail(ExitCode::unavailable,
                fmt::format("'{}' does not tell its status: {}", file, system_error_text(errno)));
  if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0)
    return fail(
        ExitCode::refused,
        fmt::format(
            "'{}' is not viable: the IOMMU cannot keep this device apart from {}, which must be bound "
            "to vfio-pci or to nothing as well",
            file, fmt::join(others_of(function), ", ")));
  return group;
}

}  // namespace

Result<std::shared_ptr<VfioGroup>> VfioContainer::group_of(const std::string& function) {
  const std::string name = link_name(function + "/iommu_group");
  int number = -1;
  if (std::from_chars(name.data(), name.data() + name.size(), number).ec != std::errc())
    return fail(ExitCode::unavailable,
                fmt::format("'{}' is in no IOMMU group: the IOMMU is off (intel_iommu=on or "
                            "amd_iommu=on on the kernel's command line)",
                            function));
  // A group can be opened once and be in one container only, and what is mapped counts once per container: so
  // all devices of a process have to meet in one, whoever opens them.
  static std::mutex mutex;
  static std::weak_ptr<VfioContainer> current;
  const std::lock_guard lock(mutex);
  auto container = current.lock();
  if (!container) {
    container.reset(new VfioContainer);
    if (auto opened = container->open(); !opened) return std::unexpected(opened.error());
    current = container;
  }
  if (auto group = container->groups_[number].lock()) return group;
  auto fd = open_group(function, fmt::format("/dev/vfio/{}", number));
  if (!fd) return std::unexpected(fd.error());
  auto group = std::make_shared<VfioGroup>(container, number, std::move(*fd));
  if (auto added = container->add(*group); !added) return std::unexpected(added.error());
  container->groups_[number] = group;
  return group;
}

}  // namespace ixyflow::drivers
