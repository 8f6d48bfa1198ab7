#include "core/device/port_registry.hpp"

#include <algorithm>
#include <utility>

namespace ixyflow {
namespace {

/// Where `name` stands, or would have to be put, in a list sorted by name.
template <class Specs>
auto place_of(Specs& specs, std::string_view name) {
  return std::lower_bound(specs.begin(), specs.end(), name,
                          [](const auto& spec, std::string_view wanted) { return spec->name < wanted; });
}

}  // namespace

PortRegistry& PortRegistry::instance() {
  static PortRegistry registry;
  return registry;
}

void PortRegistry::add(std::unique_ptr<PortSpec> spec) {
  const auto place = place_of(specs_, spec->name);
  if (place != specs_.end() && (*place)->name == spec->name) {
    conflicts_.push_back(spec->name);
    return;
  }
  specs_.insert(place, std::move(spec));
}

const PortSpec* PortRegistry::find(std::string_view name) const noexcept {
  const auto place = place_of(specs_, name);
  return place != specs_.end() && (*place)->name == name ? place->get() : nullptr;
}

std::vector<const PortSpec*> PortRegistry::all() const {
  std::vector<const PortSpec*> result;
  result.reserve(specs_.size());
  for (const auto& spec : specs_) result.push_back(spec.get());
  return result;
}

std::vector<std::string> PortRegistry::names() const {
  std::vector<std::string> result;
  result.reserve(specs_.size());
  for (const auto& spec : specs_) result.push_back(spec->name);
  return result;
}

std::vector<std::string> PortRegistry::take_conflicts() {
  return std::exchange(conflicts_, {});
}

}  // namespace ixyflow
