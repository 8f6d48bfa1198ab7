#include "core/graph/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace ixyflow {
namespace {

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

class Placer {
 public:
  Placer(const Pipeline& pipeline, const Wiring& wiring, Diagnostics& diagnostics)
      : pipeline_(pipeline),
        wiring_(wiring),
        diagnostics_(diagnostics),
        feedback_(edges_closing_cycles(pipeline, wiring, EdgeSet(pipeline.edges.size()))),
        order_(topological_order(pipeline, wiring, feedback_)),
        cores_(pipeline.cores),
        core_of_(pipeline.elements.size(), kNowhere) {
    if (cores_.empty()) cores_.push_back({.name = "main", .cpu = {}, .near = {}, .count = 1, .where = {}});
  }

  Placement place() && {
    place_as_written();
    const std::vector<std::size_t> wish = cores_behind();
    for (const std::size_t element : order_) {
      if (core_of_[element] != kNowhere) continue;
      const std::size_t core = wiring_.in[element].empty() ? wish[element] : core_of_feeders(element);
      put(element, core_with_queue(element, core == kNowhere ? 0 : core));
    }
    check_transmitters();
    return without_unused();
  }

 private:
  void place_as_written() {
    for (std::size_t i = 0; i < pipeline_.elements.size(); ++i) {
      const ElementNode& node = pipeline_.elements[i];
      if (node.core.empty()) continue;
      const auto core = std::ranges::find(cores_, node.core, &CoreRequest::name);
      if (core != cores_.end())
        put(i, static_cast<std::size_t>(core - cores_.begin()));
      else
        diagnostics_.error(node.where, fmt::format("element '{}' runs on core '{}', which is not in [cores]",
                                                   node.name, node.core));
    }
  }

  void put(std::size_t element, std::size_t core) {
    core_of_[element] = core;
    for_each_transmit_port(element, [&](std::size_t port) {
      std::vector<std::size_t>& cores = transmitters_[port];
      if (std::ranges::find(cores, core) == cores.end()) cores.push_back(core);
    });
  }

  template <class Use>
  void for_each_transmit_port(std::size_t element, Use use) const {
    const ElementNode& node = pipeline_.elements[element];
    for (std::size_t i = 0; i < node.ports.size(); ++i)
      if (node.spec->ports[i].use == PortUse::transmit) use(node.ports[i]);
  }

  /// By element: the core written at the first element that it leads to, or kNowhere.
  std::vector<std::size_t> cores_behind() const {
    std::vector<std::size_t> behind = core_of_;
    for (auto element = order_.rbegin(); element != order_.rend(); ++element)
      for (const std::size_t edge : wiring_.out[*element])
        if (behind[*element] == kNowhere && !feedback_[edge])
          behind[*element] = behind[pipeline_.edges[edge].to];
    return behind;
  }

  std::size_t core_of_feeders(std::size_t element) {
    std::size_t core = kNowhere;
    std::size_t first = kNowhere;
    for (const std::size_t edge : wiring_.in[element]) {
      if (feedback_[edge]) continue;
      const std::size_t feeder = pipeline_.edges[edge].from;
      if (pipeline_.elements[feeder].broken) continue;
      if (core == kNowhere) {
        core = core_of_[feeder];
        first = feeder;
      } else if (core != core_of_[feeder]) {
        const ElementNode& node = pipeline_.elements[element];
        diagnostics_.error(
            node.where,
            fmt::format("element '{}' is fed from different cores: '{}' runs on '{}', '{}' on '{}'",
                        node.name, pipeline_.elements[first].name, cores_[core].name,
                        pipeline_.elements[feeder].name, cores_[core_of_[feeder]].name),
            "give it a 'core' of its own");
        break;
      }
    }
    return core;
  }

  /// `core`, or one that transmits on the element's port already when the port has no queue left for another
  /// one.
  std::size_t core_with_queue(std::size_t element, std::size_t core) const {
    for_each_transmit_port(element, [&](std::size_t port) {
      const auto taken = transmitters_.find(port);
      if (taken == transmitters_.end() || std::ranges::find(taken->second, core) != taken->second.end())
        return;
      const std::uint16_t queues = pipeline_.ports[port].port->properties().transmit_queues;
      if (taken->second.size() >= queues) core = taken->second.front();
    });
    return core;
  }

  void check_transmitters() {
    for (const auto& [port, cores] : transmitters_) {
      const PortNode& node = pipeline_.ports[port];
      const std::uint16_t queues = node.port->properties().transmit_queues;
      if (cores.size() <= queues) continue;
      std::string users;
      SourceRange where;
      for (std::size_t i = 0; i < pipeline_.elements.size(); ++i)
        for_each_transmit_port(i, [&](std::size_t used) {
          if (used != port) return;
          users += fmt::format("{}'{}' on core '{}'", users.empty() ? "" : ", ", pipeline_.elements[i].name,
                               cores_[core_of_[i]].name);
          where = pipeline_.elements[i].where;
        });
      diagnostics_.error(where,
                         fmt::format("port '{}' has {} transmit queue{}, but {} cores transmit on it: {}",
                                     node.name, queues, queues == 1 ? "" : "s", cores.size(), users),
                         "leave their 'core' out, or give them the same one");
    }
  }

  Placement without_unused() {
    Placement placement;
    std::vector<std::size_t> renumbered(cores_.size(), kNowhere);
    for (std::size_t i = 0; i < cores_.size(); ++i) {
      if (std::ranges::find(core_of_, i) == core_of_.end()) continue;
      renumbered[i] = placement.cores.size();
      placement.cores.push_back(std::move(cores_[i]));
    }
    for (const std::size_t core : core_of_) placement.core_of.push_back(renumbered[core]);
    return placement;
  }

  const Pipeline& pipeline_;
  const Wiring& wiring_;
  Diagnostics& diagnostics_;
  EdgeSet feedback_;
  std::vector<std::size_t> order_;
  std::vector<CoreRequest> cores_;
  std::vector<std::size_t> core_of_;                              ///< by element: index into cores_
  std::map<std::size_t, std::vector<std::size_t>> transmitters_;  ///< by port: the cores that transmit on it
};

}  // namespace

Placement place_elements(const Pipeline& pipeline, const Wiring& wiring, Diagnostics& diagnostics) {
  return Placer(pipeline, wiring, diagnostics).place();
}

}  // namespace ixyflow
