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

/// Whether packets can end in this element: by a drop or another end that is its purpose, or by an output
/// that leads nowhere.
bool is_way_out(const ElementNode& node, const std::vector<std::size_t>& wired, const Pipeline& pipeline) {
  const auto ends = [](const ExitSpec& exit) {
    return exit.kind != ExitKind::output && exit.kind != ExitKind::fault;
  };
  if (node.broken || node.outputs == 0 || std::ranges::any_of(node.spec->exits, ends)) return true;
  std::vector<bool> leads(node.outputs);
  for (const std::size_t edge : wired)
    if (const PortIndex output = pipeline.edges[edge].output; output < leads.size()) leads[output] = true;
  return std::ranges::find(leads, false) != leads.end();
}

/// Elements from which a packet can come to an end.
std::vector<bool> leaving_elements(const Pipeline& pipeline, const Wiring& wiring) {
  std::vector<bool> leaving(pipeline.elements.size());
  std::vector<std::size_t> open;
  const auto note = [&](std::size_t element) {
    if (leaving[element]) return;
    leaving[element] = true;
    open.push_back(element);
  };
  for (std::size_t i = 0; i < leaving.size(); ++i)
    if (is_way_out(pipeline.elements[i], wiring.out[i], pipeline)) note(i);
  while (!open.empty()) {
    const std::size_t element = open.back();
    open.pop_back();
    for (const std::size_t edge : wiring.in[element]) note(pipeline.edges[edge].from);
  }
  return leaving;
}

/// Walks along the edges from `start`, from which nothing ever leaves, until an element comes again, and
/// shows the cycle that this closes; "" for one that was shown before. `seen` marks the elements of all
/// walks.
std::string cycle_ahead(const Pipeline& pipeline, const Wiring& wiring, std::size_t start,
                        std::vector<bool>& seen) {
  std::vector<std::size_t> path;
  std::size_t element = start;
  while (!seen[element]) {
    seen[element] = true;
    path.push_back(element);
    element = pipeline.edges[wiring.out[element].front()].to;
  }
  const auto again = std::ranges::find(path, element);
  if (again == path.end()) return "";
  std::string text;
  for (auto step = again; step != path.end(); ++step) text += pipeline.elements[*step].name + " -> ";
  return text + pipeline.elements[element].name;
}

/// A packet that comes into a cycle and can never leave it keeps the run from ending, silently.
void check_leaving(const Pipeline& pipeline, const Wiring& wiring, Diagnostics& diagnostics) {
  const std::vector<bool> fed = fed_elements(pipeline, wiring);
  const std::vector<bool> leaving = leaving_elements(pipeline, wiring);
  std::vector<bool> seen(fed.size());
  for (std::size_t i = 0; i < fed.size(); ++i)
    if (fed[i] && !leaving[i])
      if (const std::string cycle = cycle_ahead(pipeline, wiring, i, seen); !cycle.empty())
        diagnostics.error(pipeline.elements[i].where,
                          fmt::format("packets never leave the cycle {}, and so the run never ends", cycle),
                          "lead an output of one of these elements out of it");
  for (const Edge& edge : pipeline.edges)
    if (edge.from == edge.to && leaving[edge.from])
      diagnostics.warning(edge.where,
                          fmt::format("what leaves '{0}' by '{1}' comes back to '{0}', where the same is "
                                      "found again: unless it changes packets, it never ends",
                                      pipeline.elements[edge.from].name,
                                      pipeline.elements[edge.from].output_name(edge.output)));
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

/// What a port claims, no other one may.
void check_claims(const Pipeline& pipeline, Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> claimed;
  for (std::size_t i = 0; i < pipeline.ports.size(); ++i)
    for (const std::string& claim : pipeline.ports[i].port->properties().claims)
      if (const auto [owner, fresh] = claimed.emplace(claim, i); !fresh && owner->second != i)
        diagnostics.error(pipeline.ports[i].where,
                          fmt::format("ports '{}' and '{}' both use {}", pipeline.ports[owner->second].name,
                                      pipeline.ports[i].name, printable(claim)),
                          own_one_hint(pipeline.ports[owner->second]));
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
  if (wiring_known) {
    const Wiring wiring = wire(pipeline);
    check_feeding(pipeline, wiring, diagnostics);
    check_leaving(pipeline, wiring, diagnostics);
  }
  check_receivers(pipeline, diagnostics);
  check_claims(pipeline, diagnostics);
  const LogicalPlan logical = make_logical_plan(pipeline, diagnostics);
  check_cores(pipeline, diagnostics);
  if (!diagnostics.ok()) return;  // what nothing uses may be meant to be used where the mistake is
  warn_of_idle_cores(pipeline, logical.placement, diagnostics);
  warn_of_ring_requests(pipeline, logical.plan, diagnostics);
}

}  // namespace ixyflow
