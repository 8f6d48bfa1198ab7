#include "core/plugin/plugin.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/element/resource.hpp"
#include "core/plugin/plugin_file.hpp"

namespace ixyflow {
namespace {

std::unexpected<Error> refuse(const std::string& path, std::string_view why) {
  return fail(ExitCode::configuration,
              fmt::format("plugin '{}': {} (not loaded)", printable(path), printable(why, 500)));
}

/// Why dlopen refused, or nothing. Constructors of the object run inside: what they throw ends here.
std::string open_object(const std::string& path) {
  try {
    if (::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) return "";
    const char* error = ::dlerror();
    return error != nullptr ? error : "it cannot be loaded";
  } catch (const std::exception& error) {
    return fmt::format("it threw an exception: {}", error.what());
  } catch (...) {
    return "it threw an exception";
  }
}

}  // namespace

Result<void> load_plugin(const std::string& path) {
  static std::set<std::string> loaded;
  std::error_code none;
  const std::string canonical = std::filesystem::canonical(path, none).string();
  if (none) return refuse(path, none.message());
  if (loaded.contains(canonical)) return {};
  if (const std::string why = check_plugin_file(canonical); !why.empty()) return refuse(path, why);

  // Conflicts of the program's own files are not this plugin's.
  std::ignore = ElementRegistry::instance().take_conflicts();
  std::ignore = PortRegistry::instance().take_conflicts();
  std::ignore = ResourceRegistry::instance().take_conflicts();
  if (const std::string why = open_object(canonical); !why.empty()) return refuse(path, why);
  std::vector<std::string> conflicts = ElementRegistry::instance().take_conflicts();
  for (std::string& port : PortRegistry::instance().take_conflicts()) conflicts.push_back(std::move(port));
  for (std::string& type : ResourceRegistry::instance().take_conflicts())
    conflicts.push_back(std::move(type));
  // What it registered besides cannot be taken back, and points into its code: it stays in memory.
  if (!conflicts.empty())
    return fail(ExitCode::configuration,
                fmt::format("plugin '{}': there already is a '{}'", printable(path),
                            printable(fmt::format("{}", fmt::join(conflicts, "', '")))));
  loaded.insert(canonical);
  return {};
}

}  // namespace ixyflow
