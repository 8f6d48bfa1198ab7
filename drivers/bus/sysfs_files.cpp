#include "drivers/bus/sysfs_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace ixyflow::drivers {

std::optional<std::string> read_text(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.open()) return std::nullopt;
  std::array<char, 4096> text;
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  if (count < 0) return std::nullopt;
  std::string_view view(text.data(), static_cast<std::size_t>(count));
  while (!view.empty() && (view.back() == '\n' || view.back() == ' ')) view.remove_suffix(1);
  return std::string(view);
}

std::optional<std::int64_t> read_number(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return std::nullopt;
  const bool hexadecimal = text->starts_with("0x");
  const char* end = text->data() + text->size();
  std::int64_t number = 0;
  const auto [stop, error] =
      std::from_chars(text->data() + (hexadecimal ? 2 : 0), end, number, hexadecimal ? 16 : 10);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

int write_text(const std::string& path, std::string_view text) noexcept {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.open()) return errno;
  return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

std::string link_name(const std::string& path) {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(path, error);
  return error ? "" : target.filename().string();
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::string pci_folder(std::string_view sysfs, std::string_view address) {
  return fmt::format("{}/bus/pci/devices/{}", sysfs, address);
}

bool translated(const std::string& function) {
  return read_text(function + "/iommu_group/type").value_or("identity") != "identity";
}

std::string function_lock(std::string_view address) {
  return fmt::format("pci-{}", address);
}

bool is_network_function(std::string_view sysfs, std::string_view address) {
  constexpr std::int64_t kNetwork = 0x02;
  return read_number(pci_folder(sysfs, address) + "/class").value_or(0) >> 16 == kNetwork;
}

std::vector<std::string> network_functions(std::string_view sysfs) {
  std::vector<std::string> addresses = names_in(fmt::format("{}/bus/pci/devices", sysfs));
  std::erase_if(addresses, [&](const std::string& address) { return !is_network_function(sysfs, address); });
  return addresses;
}

}  // namespace ixyflow::drivers
