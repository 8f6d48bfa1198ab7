#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/base/diagnostics.hpp"
#include "core/base/text/name_rules.hpp"
#include "core/config/build_context.hpp"
#include "core/config/file_keys.hpp"
#include "core/config/steps.hpp"
#include "core/plugin/plugin.hpp"

namespace ixyflow {
namespace {

bool load_plugins(BuildContext& build, SourceRange where) {
  bool good = true;
  const std::vector<std::string>& of_file = build.pipeline.settings.plugins;
  const std::vector<std::string>& of_caller = build.options.plugins;
  if (build.options.before_plugins && !(of_file.empty() && of_caller.empty())) build.options.before_plugins();
  const auto load = [&](const std::string& path, SourceRange place) {
    if (const auto loaded = load_plugin(path); !loaded) {
      std::istringstream mistakes(loaded.error().text);
      for (std::string mistake; std::getline(mistakes, mistake);) build.diagnostics.error(place, mistake);
      good = false;
    }
  };
  for (const std::string& path : of_file) {
    if (build.options.plugins_of_file) {
      load(path, where);
      continue;
    }
    build.diagnostics.error(
        where,
        fmt::format("plugin '{}': nothing on this machine would keep its code from doing harm (not loaded)",
                    printable(path)),
        "--allow-plugins loads the plugins of the file all the same");
    good = false;
  }
  for (const std::string& path : of_caller) load(path, {});
  return good;
}

}  // namespace

bool build_settings(BuildContext& build) {
  const Value::Table table = build.section("pipeline");
  const Value::Entry* section = find(build.file.root, "pipeline");
  const SourceRange where = section != nullptr ? section->where : SourceRange();
  PipelineSettings& settings = build.pipeline.settings;
  apply_parameters(&settings, table, pipeline_keys(), {}, "[pipeline]", where, build.diagnostics);

  const Value::Entry* name = find(table, "name");
  if (name == nullptr)
    settings.name = std::filesystem::path(build.file.path).stem().string();
  else if (settings.name.empty() || settings.name.size() > kLongestName ||
           settings.name.find('/') != std::string::npos)
    build.diagnostics.error(
        name->value.where(),
        fmt::format("a pipeline's name has 1 to {} characters, and no '/'", kLongestName));

  if (build.options.burst) {
    settings.burst = *build.options.burst;
    if (settings.burst < 1 || settings.burst > kMaxBatch) {
      build.diagnostics.error({}, fmt::format("--burst {}: must be from 1 to {}", settings.burst, kMaxBatch));
      settings.burst = std::clamp<std::uint32_t>(settings.burst, 1, kMaxBatch);
    }
  }
  const Value::Entry* plugins = find(table, "plugins");
  return load_plugins(build, plugins != nullptr ? plugins->value.where() : where);
}

}  // namespace ixyflow
