#include "drivers/bus/device_string.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "drivers/bus/sysfs_files.hpp"

namespace ixyflow::drivers {

namespace {

constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<PciPlace> locate_socket(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT)
      return fail(ExitCode::unavailable,
                  fmt::format("there is no socket '{}': start the device model first", printable(path)));
    return fail(ExitCode::unavailable,
                fmt::format("cannot look at '{}': {}", printable(path), system_error_text(errno)));
  }
  if (!S_ISSOCK(status.st_mode))
    return fail(ExitCode::configuration, fmt::format("'{}' is no socket of a device model", printable(path)));
  return PciPlace{.way = PciWay::vfio_user, .address = path};
}

std::string those_there_are(std::string_view sysfs) {
  constexpr std::size_t kMost = 16;
  auto addresses = network_functions(sysfs);
  if (addresses.empty()) return "there are no PCI network functions on this machine";
  const bool more = addresses.size() > kMost;
  if (more) addresses.resize(kMost);
  return fmt::format("network functions: {}{}", fmt::join(addresses, ", "), more ? ", ..." : "");
}

}  // namespace

std::optional<std::string> pci_address(std::string_view text) {
  std::string address(text);
  std::ranges::transform(address, address.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  // bus, device and function: "03:00.0"; some machines have domains of more than four digits.
  constexpr std::size_t kShort = 7;
  if (address.size() == kShort) address.insert(0, "0000:");
  if (address.size() < kShort + 5 || address.size() > kShort + 9) return std::nullopt;
  const std::string_view all = address;
  const std::string_view domain = all.substr(0, all.size() - kShort - 1);
  const std::string_view rest = all.substr(all.size() - kShort - 1);
  const bool good = rest[0] == ':' && rest[3] == ':' && rest[6] == '.' && is_hexadecimal(domain) &&
                    is_hexadecimal(rest.substr(1, 2)) && is_hexadecimal(rest.substr(4, 2)) && rest[4] < '2' &&
                    rest[7] >= '0' && rest[7] < '8';
  return good ? std::optional(address) : std::nullopt;
}

Result<void> check_device_string(std::string_view device) {
  if (device.starts_with(kVfioUserPrefix)) {
    const std::string_view path = device.substr(kVfioUserPrefix.size());
    if (!path.empty() && path.size() <= kLongestPath && path.find('\0') == std::string_view::npos) return {};
    return fail(ExitCode::configuration,
                fmt::format("the path of a socket has 1 to {} bytes, not {}", kLongestPath, path.size()));
  }
  if (pci_address(device)) return {};
  return fail(
      ExitCode::configuration,
      fmt::format("'{}' is no device: a PCI address as 0000:03:00.0 or 03:00.0, or vfio-user:/path/to.sock",
                  printable(device, 60)));
}

Result<PciPlace> locate_in(std::string_view sysfs, std::string_view device) {
  if (auto good = check_device_string(device); !good) return std::unexpected(good.error());
  if (device.starts_with(kVfioUserPrefix))
    return locate_socket(std::string(device.substr(kVfioUserPrefix.size())));
  PciPlace place{.address = *pci_address(device)};
  const std::string folder = pci_folder(sysfs, place.address);
  if (!exists(folder))
    return fail(ExitCode::unavailable,
                fmt::format("there is no PCI function {}; {}", place.address, those_there_are(sysfs)));
  // Whatever is driven loses its driver of the kernel first: a mistyped address must not cost a disk.
  if (!is_network_function(sysfs, place.address))
    return fail(ExitCode::refused,
                fmt::format("{} is no network device; {}", place.address, those_there_are(sysfs)));
  if (link_name(folder + "/driver") == "vfio-pci") place.way = PciWay::vfio;
  place.node = static_cast<int>(read_number(folder + "/numa_node").value_or(-1));
  place.translated = translated(folder);
  return place;
}

Rights needs_of(const PciPlace& place) {
  if (place.way != PciWay::sysfs) return {};
  // BARs after a reset, and the driver of the kernel, which gets the function back.
  return {.writes = {pci_folder(kSysfs, place.address), fmt::format("{}/bus/pci/drivers", kSysfs),
                     fmt::format("{}/bus/pci/drivers_probe", kSysfs)}};
}

Result<PciPlace> locate(std::string_view device) {
  return locate_in(kSysfs, device);
}

}  // namespace ixyflow::drivers
