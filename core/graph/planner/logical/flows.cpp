#include "core/graph/planner/logical/flows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "core/graph/planner/logical/links.hpp"
#include "core/graph/planner/logical/port_uses.hpp"

namespace ixyflow {
namespace {

/// By what rule packets found their copy of an element: equal names stand for equal rules. No name: not known
/// yet.
struct Rule {
  std::string name;
  std::set<std::size_t> ports;  ///< whose queues feed the copies, straight or through other elements
};

constexpr const char* kRemedy =
    "receive on a core of its own, without a count: then all of them come by flow hash";

class FlowPlanner {
 public:
  FlowPlanner(const Pipeline& pipeline, const Wiring& wiring, Plan& plan, Diagnostics& diagnostics)
      : pipeline_(pipeline),
        wiring_(wiring),
        plan_(plan),
        diagnostics_(diagnostics),
        rules_(pipeline.elements.size()),
        needs_symmetry_(pipeline.ports.size()) {}

  /// In topological order.
  void visit(std::size_t element) {
    const std::optional<std::string> second = find_rule(element);
    const ElementNode& node = pipeline_.elements[element];
    if (node.broken || plan_.workers_of[element].size() == 1) return;
    const bool needs_flows = node.spec->translates || node.spec->replication == Replication::per_flow ||
                             node.spec->replication == Replication::per_connection;
    if (second && needs_flows)
      refuse(element,
             fmt::format("must each see whole flows, but packets are dealt out to them by {} and by {}",
                         rules_[element].name, *second));
    else if (node.spec->translates && !rules_[element].ports.empty())
      refuse(element,
             fmt::format("know by the flow hash to which of them replies come, but packets are dealt "
                         "out to them by {}",
                         rules_[element].name));
    else if (node.spec->replication == Replication::per_connection)
      for (const std::size_t port : rules_[element].ports) keep_connections(element, port);
  }

  void choose_rss_keys() {
    for (std::size_t i = 0; i < pipeline_.ports.size(); ++i) {
      const PortProperties properties = pipeline_.ports[i].port->properties();
      PortQueues& queues = plan_.port_queues[i];
      if (properties.dealing != QueueDealing::by_rss_key || queues.receive < 2) continue;
      const bool needed = !needs_symmetry_[i].empty();
      queues.rss_key = needed ? RssKey::symmetric : properties.rss_key.value_or(RssKey::full);
      const std::string subject = fmt::format("port '{}'", pipeline_.ports[i].name);
      const std::string why =
          needed ? fmt::format("element '{}' needs both directions of a connection", needs_symmetry_[i])
          : properties.rss_key ? "its 'rss' says so"
                               : "nothing behind it needs both directions of a connection";
      const char* const key = queues.rss_key == RssKey::full ? "full" : "symmetric";
      plan_.decisions.push_back({subject, fmt::format("RSS with the {} key: {}", key, why)});
      if (queues.rss_key == RssKey::symmetric)
        plan_.notes.push_back(
            fmt::format("{} deals packets out by the symmetric RSS key, as {}: it spreads "
                        "flows worse than the full one",
                        subject, why));
    }
  }

 private:
  /// The rule by which packets come to an element; a second one is returned when two meet there.
  std::optional<std::string> find_rule(std::size_t element) {
    Rule& rule = rules_[element];
    for_each_port(pipeline_.elements[element], PortUse::receive, [&](std::size_t port, std::size_t) {
      rule.name = fmt::format("the queues of driver {}", pipeline_.ports[port].spec->name);
      rule.ports.insert(port);
    });
    for (const std::size_t edge : wiring_.in[element]) {
      const Rule other = rule_of(edge);
      if (other.name.empty()) continue;
      if (!rule.name.empty() && rule.name != other.name) return other.name;
      rule.name = other.name;
      rule.ports.insert(other.ports.begin(), other.ports.end());
    }
    return std::nullopt;
  }

  [[nodiscard]] Rule rule_of(std::size_t edge) const {
    if (spreads_flows(plan_, pipeline_.edges[edge])) return {.name = "the flow hash", .ports = {}};
    return rules_[pipeline_.edges[edge].from];
  }

  /// Has the port deal out whole connections, which `element` needs of it.
  void keep_connections(std::size_t element, std::size_t port) {
    const PortProperties properties = pipeline_.ports[port].port->properties();
    const std::string need = "must each see both directions of a connection, but";
    if (properties.dealing == QueueDealing::by_flow)
      refuse(element,
             fmt::format("{} port '{}' keeps only one of them together", need, pipeline_.ports[port].name));
    else if (properties.dealing == QueueDealing::by_rss_key && properties.rss_key == RssKey::full)
      diagnostics_.error(pipeline_.ports[port].where,
                         fmt::format("{} {} port '{}' wants the full RSS key", copies_of(element), need,
                                     pipeline_.ports[port].name),
                         "leave out 'rss'");
    else if (needs_symmetry_[port].empty())
      needs_symmetry_[port] = pipeline_.elements[element].name;
  }

  [[nodiscard]] std::string copies_of(std::size_t element) const {
    const ElementNode& node = pipeline_.elements[element];
    return fmt::format("the {} copies of element '{}' (type {})", plan_.workers_of[element].size(), node.name,
                       node.spec->name);
  }
  void refuse(std::size_t element, const std::string& why) {
    diagnostics_.error(pipeline_.elements[element].where, copies_of(element) + " " + why, kRemedy);
  }

  const Pipeline& pipeline_;
  const Wiring& wiring_;
  Plan& plan_;
  Diagnostics& diagnostics_;
  std::vector<Rule> rules_;                  ///< by element
  std::vector<std::string> needs_symmetry_;  ///< by port: name of an element that does
};

/// A seed in the file makes runs repeatable, also against those who know it.
void choose_flow_key(const Pipeline& pipeline, Plan& plan) {
  if (pipeline.settings.seed) return;
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i) {
    if (!pipeline.ports[i].port->properties().from_others || plan.port_queues[i].receive == 0) continue;
    plan.secret_flow_key = true;
    plan.decisions.push_back(
        {"flow hash",
         fmt::format("with another key in every run, as who sends to port '{}' could choose flows "
                     "that collide; a 'seed' in [pipeline] makes it the same in all runs",
                     pipeline.ports[i].name)});
    return;
  }
}

}  // namespace

void plan_flows(const Pipeline& pipeline, const std::vector<std::size_t>& order, const Wiring& wiring,
                Plan& plan, Diagnostics& diagnostics) {
  FlowPlanner planner(pipeline, wiring, plan, diagnostics);
  for (const std::size_t element : order) planner.visit(element);
  planner.choose_rss_keys();
  choose_flow_key(pipeline, plan);
}

}  // namespace ixyflow
