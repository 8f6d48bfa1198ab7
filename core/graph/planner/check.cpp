#include "core/graph/planner/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/graph/planner/logical/logical_plan.hpp"
#include "core/graph/planner/logical/order.hpp"
#include "core/graph/planner/logical/port_uses.hpp"

namespace ixyflow {
namespace {

/// Elements that packets from outside can come to.
std::vector<bool> fed_elements(const Pipeline& pipeline, const Wiring& wiring) {
  std::vector<bool> fed(pipeline.elements.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < fed.size(); ++i)
    if (!pipeline.elements[i].spec->processes || pipeline.elements[i].broken) {
      fed[i] = true;
      open.push_back(i);
    }
  while (!open.empty()) {
    const std::size_t element = open.back();
    open.pop_back();
    for (const std::size_t edge : wiring.out[element]) {
      const std::size_t to = pipeline.edges[edge].to;
      if (!fed[to]) {
        fed[to] = true;
        open.push_back(to);
      }
    }
  }
  return fed;
}

/// Walks against the edges from `start` until an element comes again, and shows the cycle that this closes.
/// Every unfed element on the way must have a feeder, which is unfed as well. `seen` marks the elements of
/// all walks.
std::string cycle_behind(const Pipeline& pipeline, const Wiring& wiring, std::size_t start,
                         std::vector<bool>& seen) {
  std::vector<std::size_t> path;
  std::size_t element = start;
  while (!seen[element]) {
    seen[element] = true;
    path.push_back(element);
    if (wiring.in[element].empty()) return "";
    element = pipeline.edges[wiring.in[element].front()].from;
  }
  const auto again = std::ranges::find(path, element);
  if (again == path.end()) return "";
  std::string text = pipeline.elements[element].name;
  for (auto step = path.end(); step != again;) text += fmt::format(" -> {}", pipeline.elements[*--step].name);
  return text;
}

/// Only the places are reported where a feeder is missing, not all that lies behind.
void check_feeding(const Pipeline& pipeline, const Wiring& wiring, Diagnostics& diagnostics) {
  const std::vector<bool> fed = fed_elements(pipeline, wiring);
  std::vector<bool> seen(fed.size());
  for (std::size_t i = 0; i < fed.size(); ++i) {
    if (fed[i]) continue;
    const ElementNode& node = pipeline.elements[i];
    if (wiring.in[i].empty())
      diagnostics.error(node.where,
                        fmt::format("nothing feeds element '{}' (type {})", node.name, node.spec->name),
                        "lead a path from a source to it");
    else if (const std::string cycle = cycle_behind(pipeline, wiring, i, seen); !cycle.empty())
      diagnostics.error(node.where, fmt::format("no source feeds the cycle {}", cycle),
                        "lead a path from a source into it");
  }
}

void check_receivers(const Pipeline& pipeline, Diagnostics& diagnostics) {
  std::map<std::size_t, std::vector<std::size_t>> receivers;
  for (std::size_t i = 0; i < pipeline.elements.size(); ++i) {
    for_each_port(pipeline.elements[i], PortUse::receive,
                  [&](std::size_t port, std::size_t) { receivers[port].push_back(i); });
  }
  for (const auto& [port, elements] : receivers) {
    const std::uint16_t queues = pipeline.ports[port].port->properties().receive_queues;
    if (elements.size() <= queues) continue;
    std::vector<std::string> users;
    for (const std::size_t element : elements)
      users.push_back(fmt::format("'{}'", pipeline.elements[element].name));
    diagnostics.error(pipeline.elements[elements[queues]].where,
                      fmt::format("port '{}' has {} receive queue{}, but {} elements receive from it: {}",
                                  pipeline.ports[port].name, queues, queues == 1 ? "" : "s", elements.size(),
                                  fmt::join(users, ", ")),
                      "receive once and spread the packets in the graph");
  }
}

/// Where the port is that has already what another one wants.
std::string own_one_hint(const PortNode& other) {
  const std::string place =
      other.where.line == 0 ? "" : fmt::format(" ('{}' is in line {})", other.name, other.where.line);
  return fmt::format("each needs one of its own{}", place);
}

/// What a port claims, no other one may claim or share; what it shares, others may share as well.
void check_claims(const Pipeline& pipeline, Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> claimed;
  const auto check = [&](std::size_t port, const std::vector<std::string>& claims, bool take) {
    for (const std::string& claim : claims) {
      const auto owner = claimed.find(claim);
      if (owner != claimed.end() && owner->second != port)
        diagnostics.error(pipeline.ports[port].where,
                          fmt::format("ports '{}' and '{}' both use {}", pipeline.ports[owner->second].name,
                                      pipeline.ports[port].name, printable(claim)),
                          own_one_hint(pipeline.ports[owner->second]));
      else if (take)
        claimed.emplace(claim, port);
    }
  };
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i)
    check(i, pipeline.ports[i].port->properties().claims, true);
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i)
    check(i, pipeline.ports[i].port->properties().shared_claims, false);
}

void check_cores(const Pipeline& pipeline, Diagnostics& diagnostics) {
  std::map<int, const CoreRequest*> owners;
  for (const CoreRequest& core : pipeline.cores) {
    if (core.cpu)
      if (const auto [owner, fresh] = owners.emplace(*core.cpu, &core); !fresh)
        diagnostics.error(
            core.where,
            fmt::format("cores '{}' and '{}' both ask for CPU {}", owner->second->name, core.name, *core.cpu),
            "another CPU, or one core for the elements of both");
  }
}

void warn_of_idle_cores(const Pipeline& pipeline, const Placement& placement, Diagnostics& diagnostics) {
  for (const CoreRequest& core : pipeline.cores)
    if (std::ranges::find(placement.cores, core.name, &CoreRequest::name) == placement.cores.end())
      diagnostics.warning(core.where, fmt::format("nothing runs on core '{}'", core.name));
}

void warn_of_ring_requests(const Pipeline& pipeline, const Plan& plan, Diagnostics& diagnostics) {
  for (const RingRequest& request : pipeline.rings)
    if (std::ranges::find(plan.rings, request.edge, &RingPlan::edge) == plan.rings.end())
      diagnostics.warning(
          request.where,
          fmt::format("'{}' is no ring: both ends run on core '{}'",
                      pipeline.show(pipeline.edges[request.edge]),
                      plan.workers[plan.workers_of[pipeline.edges[request.edge].from].front()].core));
}

}  // namespace

void check_pipeline(const Pipeline& pipeline, Diagnostics& diagnostics, bool wiring_known) {
  if (wiring_known) check_feeding(pipeline, wire(pipeline), diagnostics);
  check_receivers(pipeline, diagnostics);
  check_claims(pipeline, diagnostics);
  const LogicalPlan logical = make_logical_plan(pipeline, diagnostics);
  check_cores(pipeline, diagnostics);
  if (!diagnostics.ok()) return;  // what nothing uses may be meant to be used where the mistake is
  warn_of_idle_cores(pipeline, logical.placement, diagnostics);
  warn_of_ring_requests(pipeline, logical.plan, diagnostics);
}

}  // namespace ixyflow
