#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/os/file_descriptor.hpp"

namespace ixyflow::drivers {

// Files of /sys, each with one short text, and links.

/// The text of a file without white space at its end; none if it cannot be read. At most 4,096 bytes.
std::optional<std::string> read_text(const std::string& path);
/// A number in a file, in decimal or with 0x; none if there is none.
std::optional<std::int64_t> read_number(const std::string& path);
/// Writes a text in one piece; 0 or an errno.
int write_text(const std::string& path, std::string_view text) noexcept;
/// The last name of what a link leads to; "" if there is no such link.
std::string link_name(const std::string& path);
/// Whether something stands at `path`.
bool exists(const std::string& path);
/// Names in a folder, sorted; none if it cannot be read.
std::vector<std::string> names_in(const std::string& folder);

/// The folder of a PCI function in a tree like /sys.
std::string pci_folder(std::string_view sysfs, std::string_view address);
/// Whether an IOMMU translates the addresses of a function for drivers of the kernel; `function` is its
/// folder.
bool translated(const std::string& function);
/// The lock on the function `address`, whose owner drives it (core/os/files/lock_file.hpp).
std::string function_lock(std::string_view address);
/// Whether a function's class is 02.
bool is_network_function(std::string_view sysfs, std::string_view address);
/// The addresses of all network functions, sorted.
std::vector<std::string> network_functions(std::string_view sysfs);

}  // namespace ixyflow::drivers
