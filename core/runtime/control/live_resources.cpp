#include "core/runtime/control/live_resources.hpp"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "core/runtime/control/names.hpp"
#include "core/runtime/engine/plugin_call.hpp"

namespace ixyflow {

std::vector<std::string> LiveResources::names() const {
  std::vector<std::string> names;
  for (const ResourceNode& node : assembly_.pipeline.resources) names.push_back(node.name);
  return names;
}

Result<Resource*> LiveResources::find(std::string_view name) const {
  for (const ResourceNode& node : assembly_.pipeline.resources)
    if (node.name == name) return node.resource.get();
  return std::unexpected(no_such("resource", name, names()));
}

Result<std::vector<std::string>> LiveResources::entries(std::string_view name) const {
  const auto resource = find(name);
  if (!resource) return std::unexpected(resource.error());
  const PluginCall call("resource", name);
  return (*resource)->entries();
}

Result<void> LiveResources::change(std::string_view name,
                                   const std::function<Result<void>(Resource&)>& change) {
  const auto resource = find(name);
  if (!resource) return std::unexpected(resource.error());
  if (phases_.ended()) return fail(ExitCode::unavailable, "the run has ended");
  free_retired();
  if (auto room = make_room(); !room) return room;
  auto place = RetiredVersions::make_place();
  const PluginCall call("resource", name);
  const auto changed = change(**resource);
  if (auto versions = (*resource)->take_retired(); !versions.empty())
    retired_.add(std::move(place), requests_.ask(), std::move(versions));
  free_retired();
  return changed;
}

void LiveResources::sweep() noexcept {
  constexpr Nanoseconds kInterval = 100'000'000;
  clock_.refresh();
  if (clock_.now() < next_sweep_) return;
  next_sweep_ = clock_.now() + kInterval;
  for (const ResourceNode& node : assembly_.pipeline.resources) {
    const PluginCall call("resource", node.name);
    node.resource->sweep(clock_.now());
  }
}

void LiveResources::sweep_at(Nanoseconds now) noexcept {
  clock_.advance_to(now);
  sweep();
}

/// Waits for a worker that does not answer, when too much waits for it already.
Result<void> LiveResources::make_room() {
  if (!retired_.full()) return {};
  std::vector<std::size_t> all(assembly_.workers.size());
  std::iota(all.begin(), all.end(), 0);
  if (const auto silent = requests_.await(all, retired_.oldest()); !silent.empty())
    return fail(ExitCode::again,
                fmt::format("{} did not answer in a second, and {} older versions wait for it: nothing was "
                            "changed",
                            core_names(assembly_.plan, silent), retired_.size()));
  free_retired();
  return {};
}

}  // namespace ixyflow
