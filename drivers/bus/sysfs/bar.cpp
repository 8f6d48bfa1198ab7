#include "drivers/bus/sysfs/bar.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <sstream>
#include <string>

#include "core/os/system_error.hpp"
#include "drivers/bus/file_bar.hpp"
#include "drivers/bus/region.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPorts = 0x100;  // IORESOURCE_IO of the kernel

std::string reason_of(int error) {
  const std::string text = system_error_text(error);
  return error == EPERM
             ? text + "; a kernel that is locked down (secure boot) does not allow it, VFIO it does"
             : text;
}

}  // namespace

std::optional<SysfsResource> sysfs_resource(const std::string& folder, unsigned index) {
  const auto text = read_text(folder + "/resource");
  if (!text) return std::nullopt;
  std::istringstream lines(*text);
  std::string line;
  for (unsigned i = 0; i <= index; ++i)
    if (!std::getline(lines, line)) return std::nullopt;
  // First address, last address, flags.
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t flags = 0;
  if (std::sscanf(line.c_str(), "%" SCNx64 " %" SCNx64 " %" SCNx64, &start, &end, &flags) != 3)
    return std::nullopt;
  if (end <= start) return SysfsResource{};
  return SysfsResource{.start = start, .bytes = end - start + 1, .ports = (flags & kPorts) != 0};
}

Result<std::unique_ptr<Bar>> open_sysfs_bar(const std::string& folder, const std::string& address,
                                            unsigned index, std::size_t minimum, std::atomic<bool>& gone) {
  const auto resource = sysfs_resource(folder, index);
  if (!resource)
    return fail(ExitCode::unavailable, fmt::format("'{}/resource' does not tell of BAR {}", folder, index));
  if (auto good = check_bar({.size = resource->bytes}, index, minimum, address); !good)
    return std::unexpected(good.error());
  const std::string file = fmt::format("{}/resource{}", folder, index);
  FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.open()) return fail(ExitCode::refused, fmt::format("cannot open '{}': {}", file, reason_of(errno)));
  auto bar = std::make_unique<FileBar>(fd.get(), 0, resource->bytes, gone);
  if (!resource->ports)
    if (const int error = bar->map(0, resource->bytes, resource->start % kPage); error != 0)
      return fail(ExitCode::refused, fmt::format("cannot map '{}': {}", file, reason_of(error)));
  bar->own(std::move(fd));
  return bar;
}

}  // namespace ixyflow::drivers
