#include "core/plugin/plugin.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <tuple>

#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/element/spec_mistakes.hpp"
#include "core/os/trusted_file.hpp"
#include "core/plugin/loading_reports.hpp"
#include "core/plugin/needed_libraries.hpp"
#include "core/plugin/plugin_file.hpp"

namespace ixyflow {
namespace {

std::unexpected<Error> refuse(const std::string& path, std::string_view why) {
  return fail(ExitCode::configuration,
              fmt::format("plugin '{}': {} (not loaded)", printable(path), printable(why, 500)));
}

/// Loads the file that was looked at: nobody else can have put another one at `path` meanwhile. Why dlopen
/// refused, or nothing. Constructors of the object run inside: what ends the process there names the plugin.
/// An exception of theirs ends it here, because it leaves the dynamic linker locked.
std::string open_object(const std::string& path, const std::string& shown) noexcept {
  const LoadingReports reports(shown);
  // Its declaration promises not to throw, which a compiler believes: then nothing would end an exception.
  void* (*volatile open)(const char*, int) = ::dlopen;
  if (open(path.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) return "";
  const char* error = ::dlerror();
  return error != nullptr ? error : "it cannot be loaded";
}

/// What one registry has come to know since it was made.
template <class Registry>
class Newcomers {
 public:
  /// Conflicts of the program's own files are not this plugin's.
  Newcomers() : before_(registry().names()) { std::ignore = registry().take_conflicts(); }

  /// One sentence for each name that is taken, and for each mistake of a new description. `what`: "element".
  template <class Check>
  void collect_mistakes(std::string_view what, Check check, std::vector<std::string>& mistakes) const {
    for (const std::string& name : registry().take_conflicts())
      mistakes.push_back(fmt::format("there already is a '{}'", name));
    for (const auto* spec : registry().all()) {
      if (std::ranges::binary_search(before_, spec->name)) continue;
      for (const std::string& mistake : mistakes_of(*spec, check))
        mistakes.push_back(fmt::format("{} '{}': {}", what, spec->name, mistake));
      if constexpr (requires { spec->from_plugin; })
        registry().find_to_change(spec->name)->from_plugin = true;
    }
  }

 private:
  template <class Check>
  static std::vector<std::string> mistakes_of(const typename Registry::Spec& spec, Check check) {
    try {
      return check(spec);
    } catch (const std::exception& error) {
      return {fmt::format("its constructor threw an exception: {}", error.what())};
    } catch (...) {
      return {"its constructor threw an exception"};
    }
  }
  static Registry& registry() { return Registry::instance(); }
  std::vector<std::string> before_;  ///< sorted
};

std::vector<std::string> port_mistakes(const PortSpec& spec) {
  const auto port = spec.create();
  std::vector<std::string> mistakes = parameter_mistakes(spec.parameters, {"driver"}, port.get());
  for (const PortCounterSpec& counter : spec.counters)
    if (!counter.value)
      mistakes.push_back(
          fmt::format("counter '{}' is declared without a member: the pointer to it is null", counter.name));
  return mistakes;
}

/// What all registries have come to know since it was made.
class Registered {
 public:
  /// Of the plugin that registered it. Objects are made of its types, to try parameters on: what ends the
  /// process there names the plugin.
  [[nodiscard]] std::vector<std::string> mistakes(const std::string& shown) const {
    const LoadingReports reports(shown);
    std::vector<std::string> mistakes;
    elements_.collect_mistakes(
        "element", [](const ElementSpec& spec) { return spec_mistakes(spec); }, mistakes);
    resources_.collect_mistakes(
        "resource", [](const ResourceSpec& spec) { return spec_mistakes(spec); }, mistakes);
    ports_.collect_mistakes(
        "port driver", [](const PortSpec& spec) { return port_mistakes(spec); }, mistakes);
    return mistakes;
  }

 private:
  Newcomers<ElementRegistry> elements_;
  Newcomers<ResourceRegistry> resources_;
  Newcomers<PortRegistry> ports_;
};

Error all_mistakes(const std::string& path, const std::vector<std::string>& mistakes) {
  std::string text;
  for (const std::string& mistake : mistakes)
    text += fmt::format("{}plugin '{}': {} (not loaded)", text.empty() ? "" : "\n", printable(path),
                        printable(mistake, 500));
  return {ExitCode::configuration, std::move(text)};
}

}  // namespace

Result<void> load_plugin(const std::string& path) {
  // By canonical path; of one that is refused once it is in memory, why: it is no better the next time.
  static std::map<std::string, std::optional<Error>> loaded;
  std::error_code none;
  const std::string canonical = std::filesystem::canonical(path, none).string();
  if (none) return refuse(path, none.message());
  if (const auto known = loaded.find(canonical); known != loaded.end())
    return known->second ? Result<void>(std::unexpected(*known->second)) : Result<void>();
  const auto file = open_trusted(canonical);
  if (!file) return refuse(path, file.error().text);
  if (const std::string why = check_plugin_file(file->get()); !why.empty()) return refuse(path, why);
  if (const std::string why = check_needed_libraries(file->get(), canonical); !why.empty())
    return refuse(path, why);

  const std::string shown = printable(path);
  const Registered registered;
  if (const std::string why = open_object(canonical, shown); !why.empty()) return refuse(path, why);
  // What it registered beside a mistake cannot be taken back, and points into its code: it stays in memory.
  const std::vector<std::string> mistakes = registered.mistakes(shown);
  auto& known = loaded[canonical];
  if (mistakes.empty()) return {};
  known = all_mistakes(path, mistakes);
  return std::unexpected(*known);
}

bool load_plugins(const std::vector<std::string>& paths, SourceRange where, Diagnostics& diagnostics) {
  bool good = true;
  for (const std::string& path : paths) {
    const auto loaded = load_plugin(path);
    if (loaded) continue;
    std::istringstream mistakes(loaded.error().text);
    for (std::string mistake; std::getline(mistakes, mistake);) diagnostics.error(where, mistake);
    good = false;
  }
  return good;
}

}  // namespace ixyflow
