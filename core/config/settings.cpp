#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/base/diagnostics.hpp"
#include "core/base/text/name_rules.hpp"
#include "core/config/build_context.hpp"
#include "core/config/keys/file_keys.hpp"
#include "core/config/steps.hpp"
#include "core/plugin/plugin.hpp"

namespace ixyflow {
namespace {

bool load_all_plugins(BuildContext& build, SourceRange where) {
  const std::vector<std::string>& of_file = build.pipeline.settings.plugins;
  bool good = true;
  const std::vector<std::string>& of_caller = build.options.plugins;
  if (build.options.before_plugins && !(of_file.empty() && of_caller.empty())) build.options.before_plugins();
  if (build.options.plugins_of_file) {
    good = load_plugins(of_file, where, build.diagnostics);
  } else {
    for (const std::string& path : of_file)
      build.diagnostics.error(
          where,
          fmt::format("plugin '{}': nothing on this machine would keep its code from doing harm (not loaded)",
                      printable(path)),
          "--allow-plugins loads the plugins of the file all the same");
    good = of_file.empty();
  }
  return load_plugins(of_caller, {}, build.diagnostics) && good;
}

/// Whether the file is of a version of the format that is not this one; reported then.
bool refuse_other_versions(BuildContext& build, const Value::Table& table) {
  constexpr std::int64_t kVersion = 1;
  const Value::Entry* version = find(table, "version");
  const auto* number = version != nullptr ? version->value.get_if<std::int64_t>() : nullptr;
  if (number == nullptr || *number == kVersion) return false;
  build.diagnostics.error(version->value.where(),
                          fmt::format("the file is of version {} of the format", *number),
                          fmt::format("this ixyflow reads version {}", kVersion));
  return true;
}

}  // namespace

bool build_settings(BuildContext& build) {
  Value::Table table = build.section("pipeline");
  build.find_files(pipeline_keys(), table);
  const Value::Entry* section = find(build.file.root, "pipeline");
  const SourceRange where = section != nullptr ? section->where : SourceRange();
  PipelineSettings& settings = build.pipeline.settings;
  const bool other_version = refuse_other_versions(build, table);
  const std::vector<std::string> reported = {other_version ? "version" : ""};
  apply_parameters(&settings, table, pipeline_keys(), reported, "[pipeline]", where, build.diagnostics);

  const Value::Entry* name = find(table, "name");
  if (name == nullptr)
    settings.name = build.file.one_line() ? "line" : std::filesystem::path(build.file.path).stem().string();
  else if (settings.name.empty() || settings.name.size() > kLongestName ||
           settings.name.find('/') != std::string::npos)
    build.diagnostics.error(
        name->value.where(),
        fmt::format("a pipeline's name has 1 to {} characters, and no '/'", kLongestName));

  if (build.options.burst) {
    settings.burst = *build.options.burst;
    if (settings.burst < 1 || settings.burst > kMaxBatch) {
      build.diagnostics.error(kCommandLine,
                              fmt::format("--burst {}: must be from 1 to {}", settings.burst, kMaxBatch));
      settings.burst = std::clamp<std::uint32_t>(settings.burst, 1, kMaxBatch);
    }
  }
  const Value::Entry* plugins = find(table, "plugins");
  return load_all_plugins(build, plugins != nullptr ? plugins->value.where() : where);
}

}  // namespace ixyflow
