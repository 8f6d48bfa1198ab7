#include "core/graph/planner/logical/domains.hpp"

#include <optional>
#include <utility>

#include "core/graph/planner/logical/port_uses.hpp"

namespace ixyflow {
namespace {

/// Sets of ports that share memory, and which of them each element belongs to.
class DomainFinder {
 public:
  explicit DomainFinder(const Pipeline& pipeline)
      : pipeline_(pipeline), parent_(pipeline.ports.size()), port_of_(pipeline.elements.size()) {
    for (std::size_t port = 0; port < parent_.size(); ++port) parent_[port] = port;
    for (const PortNode& port : pipeline.ports) shares_.push_back(port.port->properties().shares_memory);
  }

  void find() {
    for (std::size_t element = 0; element < port_of_.size(); ++element)
      for (const std::size_t port : pipeline_.elements[element].ports)
        if (shares_[port]) join(element, port);
    while (std::exchange(changed_, false)) {
      for (const Edge& edge : pipeline_.edges)
        if (port_of_[edge.to]) join(edge.from, *port_of_[edge.to]);
      join_receivers();
    }
  }

  [[nodiscard]] bool shares(std::size_t port) const { return shares_[port]; }
  [[nodiscard]] std::optional<std::size_t> port_of(std::size_t element) const { return port_of_[element]; }
  /// One port for all of a set.
  [[nodiscard]] std::size_t root(std::size_t port) const {
    while (parent_[port] != port) port = parent_[port];
    return port;
  }

 private:
  /// What the element makes may lie where the peer of `port` reaches it.
  void join(std::size_t element, std::size_t port) {
    std::optional<std::size_t>& mine = port_of_[element];
    if (!mine) {
      mine = port;
      changed_ = true;
    } else if (root(*mine) != root(port)) {
      parent_[root(*mine)] = root(port);
      changed_ = true;
    }
  }

  /// Elements that receive from one port may have one queue of it, which has one pool.
  void join_receivers() {
    std::vector<std::optional<std::size_t>> at_port(parent_.size());
    for (const bool collect : {true, false})
      for (std::size_t element = 0; element < port_of_.size(); ++element)
        for_each_port(pipeline_.elements[element], PortUse::receive, [&](std::size_t port, std::size_t) {
          if (collect && port_of_[element]) at_port[port] = port_of_[element];
          if (!collect && at_port[port]) join(element, *at_port[port]);
        });
  }

  const Pipeline& pipeline_;
  std::vector<bool> shares_;
  std::vector<std::size_t> parent_;                  ///< by port: union-find
  std::vector<std::optional<std::size_t>> port_of_;  ///< by element: one of its set
  bool changed_ = false;
};

}  // namespace

void find_domains(const Pipeline& pipeline, Plan& plan) {
  DomainFinder finder(pipeline);
  finder.find();
  std::vector<std::uint32_t> domain_of_root(pipeline.ports.size());
  std::uint32_t domains = 0;
  for (std::size_t port = 0; port < pipeline.ports.size(); ++port) {
    std::uint32_t& domain = domain_of_root[finder.root(port)];
    if (finder.shares(port) && domain == 0) domain = ++domains;
    plan.domain_of_port.push_back(finder.shares(port) ? domain : 0);
  }
  for (std::size_t element = 0; element < pipeline.elements.size(); ++element) {
    const auto port = finder.port_of(element);
    plan.domain_of.push_back(port ? domain_of_root[finder.root(*port)] : 0);
  }
}

}  // namespace ixyflow
