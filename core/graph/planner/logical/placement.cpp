#include "core/graph/planner/logical/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "core/graph/planner/logical/port_uses.hpp"
#include "core/graph/planner/logical/queues.hpp"

namespace ixyflow {
namespace {

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

class Placer {
 public:
  Placer(const Pipeline& pipeline, const Wiring& wiring, Diagnostics& diagnostics)
      : pipeline_(pipeline),
        wiring_(wiring),
        diagnostics_(diagnostics),
        feedback_(edges_closing_cycles(pipeline, wiring)),
        order_(topological_order(pipeline, wiring, feedback_)),
        cores_(pipeline.cores),
        core_of_(pipeline.elements.size(), kNowhere),
        reasons_(pipeline.elements.size()) {
    if (cores_.empty()) cores_.push_back({.name = "main", .cpu = {}, .near = {}, .count = 1, .where = {}});
  }

  Placement place() && {
    place_as_written();
    const std::vector<std::size_t> wish = cores_behind();
    for (const std::size_t element : order_) {
      if (core_of_[element] != kNowhere) continue;
      const bool source = wiring_.in[element].empty();
      const std::size_t core = source ? wish[element] : core_of_feeders(element);
      if (source)
        reasons_[element] = core == kNowhere
                                ? "the first core, as nothing behind it names one"
                                : "a source runs where the next element behind it does that names a core";
      put(element, core_with_queue(element, core == kNowhere ? 0 : core));
    }
    check_transmitters();
    return copy_and_drop_unused();
  }

 private:
  void place_as_written() {
    for (std::size_t i = 0; i < pipeline_.elements.size(); ++i) {
      const ElementNode& node = pipeline_.elements[i];
      if (node.core.empty()) continue;
      const auto core = std::ranges::find(cores_, node.core, &CoreRequest::name);
      if (core != cores_.end()) {
        put(i, static_cast<std::size_t>(core - cores_.begin()));
        reasons_[i] = "its own 'core' says so";
      } else
        diagnostics_.error(node.where, fmt::format("element '{}' runs on core '{}', which is not in [cores]",
                                                   node.name, node.core));
    }
  }

  void put(std::size_t element, std::size_t core) {
    core_of_[element] = core;
    for_each_port(pipeline_.elements[element], PortUse::transmit, [&](std::size_t port, std::size_t) {
      std::vector<std::size_t>& cores = transmitters_[port];
      if (std::ranges::find(cores, core) == cores.end()) cores.push_back(core);
    });
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
        reasons_[element] = fmt::format("'{}', which feeds it, runs there", pipeline_.elements[feeder].name);
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
  std::size_t core_with_queue(std::size_t element, std::size_t core) {
    for_each_port(pipeline_.elements[element], PortUse::transmit, [&](std::size_t port, std::size_t) {
      const auto taken = transmitters_.find(port);
      if (taken == transmitters_.end() || std::ranges::find(taken->second, core) != taken->second.end())
        return;
      const std::uint16_t queues = pipeline_.ports[port].port->properties().transmit_queues;
      if (taken->second.size() < queues) return;
      core = taken->second.front();
      reasons_[element] = fmt::format("that core transmits on port '{}' already, which has no queue left",
                                      pipeline_.ports[port].name);
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
        for_each_port(pipeline_.elements[i], PortUse::transmit, [&](std::size_t used, std::size_t) {
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

  Placement copy_and_drop_unused() {
    QueueShares shares = share_queues(pipeline_, cores_, core_of_);
    for (std::size_t i = 0; i < core_of_.size(); ++i) {
      check_replication(i, shares.copies[i]);
      if (!shares.reasons[i].empty())
        reasons_[i] += fmt::format(", in as many copies as it can have: {}", shares.reasons[i]);
    }
    Placement placement{
        .cores = {}, .core_of = {}, .copies = std::move(shares.copies), .decisions = decide()};
    std::vector<std::size_t> renumbered(cores_.size(), kNowhere);
    for (std::size_t i = 0; i < cores_.size(); ++i) {
      if (std::ranges::find(core_of_, i) == core_of_.end()) continue;
      renumbered[i] = placement.cores.size();
      placement.cores.push_back(std::move(cores_[i]));
    }
    for (const std::size_t core : core_of_) placement.core_of.push_back(renumbered[core]);
    return placement;
  }

  void check_replication(std::size_t element, std::uint32_t copies) {
    const ElementNode& node = pipeline_.elements[element];
    if (node.broken || copies == 1 || node.spec->replication != Replication::single) return;
    const CoreRequest& core = cores_[core_of_[element]];
    diagnostics_.error(
        node.where,
        fmt::format("element '{}' cannot be copied to the {} CPUs of core '{}': there can be only "
                    "one {} of a kind, because its copies would not know of each other",
                    node.name, copies, core.name, node.spec->name),
        "give it a 'core' of its own, without a count");
  }

  std::vector<Decision> decide() const {
    std::vector<Decision> decisions;
    for (std::size_t i = 0; i < core_of_.size(); ++i)
      decisions.push_back(
          {fmt::format("element '{}'", pipeline_.elements[i].name),
           fmt::format("core '{}': {}", cores_[core_of_[i]].name,
                       pipeline_.cores.empty() ? "the only one, as there is no [cores]" : reasons_[i])});
    return decisions;
  }

  const Pipeline& pipeline_;
  const Wiring& wiring_;
  Diagnostics& diagnostics_;
  EdgeSet feedback_;
  std::vector<std::size_t> order_;
  std::vector<CoreRequest> cores_;
  std::vector<std::size_t> core_of_;                              ///< by element: index into cores_
  std::vector<std::string> reasons_;                              ///< by element: why it is there
  std::map<std::size_t, std::vector<std::size_t>> transmitters_;  ///< by port: the cores that transmit on it
};

}  // namespace

Placement place_elements(const Pipeline& pipeline, const Wiring& wiring, Diagnostics& diagnostics) {
  return Placer(pipeline, wiring, diagnostics).place();
}

}  // namespace ixyflow
