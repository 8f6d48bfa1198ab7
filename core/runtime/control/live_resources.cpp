#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "core/base/diagnostics.hpp"
#include "core/runtime/control/run_state.hpp"

// Resources that change while the run goes on: what was replaced is freed when nobody reads it any more.

namespace ixyflow {

namespace {

constexpr auto kAnswerTime = std::chrono::seconds(1);
constexpr auto kLook = std::chrono::microseconds(20);

}  // namespace

Error no_such(std::string_view what, std::string_view name, const std::vector<std::string>& names) {
  const std::string hint = did_you_mean(name, names);
  return {ExitCode::usage,
          fmt::format("there is no {} '{}'{}{}", what, printable(name, 60), hint.empty() ? "" : "; ", hint)};
}

bool Run::State::over() const noexcept {
  return finished || phase.load(std::memory_order_relaxed) == Phase::ended;
}

std::vector<std::size_t> Run::State::await(const std::vector<std::size_t>& workers,
                                           Handshake::Request request) const {
  const auto until = SteadyClock::now() + kAnswerTime;
  std::vector<std::size_t> silent = workers;
  for (;;) {
    std::erase_if(silent, [&](std::size_t worker) { return handshake->answered(worker, request); });
    if (silent.empty() || SteadyClock::now() >= until) return silent;
    std::this_thread::sleep_for(kLook);
  }
}

std::string Run::State::names_of(const std::vector<std::size_t>& workers) const {
  std::string names;
  for (const std::size_t worker : workers)
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", assembly.plan.workers[worker].name);
  return (workers.size() == 1 ? "core " : "cores ") + names;
}

std::vector<std::string> Run::resources() const {
  std::vector<std::string> names;
  for (const ResourceNode& node : state_->assembly.pipeline.resources) names.push_back(node.name);
  return names;
}

Result<Resource*> Run::State::find_resource(std::string_view name) const {
  std::vector<std::string> names;
  for (const ResourceNode& node : assembly.pipeline.resources) {
    if (node.name == name) return node.resource.get();
    names.push_back(node.name);
  }
  return std::unexpected(no_such("resource", name, names));
}

void Run::State::free_retired() {
  while (!retired.empty() && handshake->answered_by_all(retired.front().request)) retired.pop_front();
}

Result<void> Run::State::change_resource(std::string_view name,
                                         const std::function<Result<void>(Resource&)>& change) {
  const auto resource = find_resource(name);
  if (!resource) return std::unexpected(resource.error());
  if (over()) return fail(ExitCode::unavailable, "the run has ended");
  free_retired();
  if (retired.size() >= kMaxRetired) {
    std::vector<std::size_t> all(assembly.workers.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    if (const auto silent = await(all, retired.front().request); !silent.empty())
      return fail(ExitCode::again,
                  fmt::format("{} did not answer in a second, and {} older versions wait for it: nothing was "
                              "changed",
                              names_of(silent), retired.size()));
    free_retired();
  }
  const auto changed = change(**resource);
  if (auto versions = (*resource)->take_retired(); !versions.empty())
    retired.push_back({ask(), std::move(versions)});
  free_retired();
  return changed;
}

Result<std::vector<std::string>> Run::resource_entries(std::string_view resource) const {
  const auto found = state_->find_resource(resource);
  if (!found) return std::unexpected(found.error());
  return (*found)->entries();
}

Result<void> Run::add_entry(std::string_view resource, std::string_view entry) {
  return state_->change_resource(resource, [entry](Resource& table) { return table.add(entry); });
}

Result<void> Run::remove_entry(std::string_view resource, std::string_view entry) {
  return state_->change_resource(resource, [entry](Resource& table) { return table.remove(entry); });
}

}  // namespace ixyflow
