#include "core/graph/planner/logical/queues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/graph/planner/logical/port_uses.hpp"

namespace ixyflow {
namespace {

/// Who wants queues of one port in one direction: a core for its transmitting elements together, an element
/// for its receiving copies.
struct Claim {
  std::vector<std::size_t> elements;
  std::uint32_t wanted = 1;
};

/// Gives every claim one queue, then the rest in their order.
std::vector<std::uint32_t> deal_out(const std::vector<Claim>& claims, std::uint32_t queues) {
  std::vector<std::uint32_t> shares(claims.size(), 1);
  std::uint32_t left = queues - std::min(queues, static_cast<std::uint32_t>(claims.size()));
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const std::uint32_t more = std::min(claims[i].wanted - 1, left);
    shares[i] += more;
    left -= more;
  }
  return shares;
}

class Sharing {
 public:
  Sharing(const Pipeline& pipeline, const std::vector<CoreRequest>& cores,
          const std::vector<std::size_t>& core_of)
      : pipeline_(pipeline), cores_(cores), core_of_(core_of) {
    for (const std::size_t core : core_of) result_.copies.push_back(cores[core].count);
    result_.reasons.resize(core_of.size());
  }

  QueueShares share() && {
    share(PortUse::receive);
    share(PortUse::transmit);
    return std::move(result_);
  }

 private:
  void share(PortUse direction) {
    // By port; transmitting elements of one core claim together.
    std::map<std::size_t, std::map<std::pair<std::size_t, std::size_t>, Claim>> claims;
    for (std::size_t i = 0; i < pipeline_.elements.size(); ++i)
      for_each_port(pipeline_.elements[i], direction, [&](std::size_t port, std::size_t) {
        const std::size_t core = core_of_[i];
        Claim& claim =
            claims[port][direction == PortUse::receive ? std::pair(i, core) : std::pair(core, core)];
        claim.elements.push_back(i);
        claim.wanted = cores_[core].count;
      });
    for (auto& [port, users] : claims) {
      std::vector<Claim> list;
      for (auto& [key, claim] : users) list.push_back(std::move(claim));
      limit(port, direction, list);
    }
  }

  void limit(std::size_t port, PortUse direction, const std::vector<Claim>& claims) {
    const PortProperties properties = pipeline_.ports[port].port->properties();
    const bool receive = direction == PortUse::receive;
    const bool tears = receive && properties.dealing == QueueDealing::at_random;
    const std::uint32_t queues = tears ? 1 : receive ? properties.receive_queues : properties.transmit_queues;
    const std::vector<std::uint32_t> shares = deal_out(claims, queues);
    for (std::size_t i = 0; i < claims.size(); ++i) {
      if (shares[i] >= claims[i].wanted) continue;
      for (const std::size_t element : claims[i].elements) {
        if (shares[i] >= result_.copies[element]) continue;
        result_.copies[element] = shares[i];
        result_.reasons[element] =
            tears ? fmt::format("port '{}' deals packets out to queues without regard to flows",
                                pipeline_.ports[port].name)
                  : fmt::format("port '{}' has {} {} queue{}", pipeline_.ports[port].name, queues,
                                receive ? "receive" : "transmit", queues == 1 ? "" : "s");
      }
    }
  }

  const Pipeline& pipeline_;
  const std::vector<CoreRequest>& cores_;
  const std::vector<std::size_t>& core_of_;
  QueueShares result_;
};

}  // namespace

QueueShares share_queues(const Pipeline& pipeline, const std::vector<CoreRequest>& cores,
                         const std::vector<std::size_t>& core_of) {
  return Sharing(pipeline, cores, core_of).share();
}

void assign_queues(const Pipeline& pipeline, Plan& plan) {
  plan.port_queues.assign(pipeline.ports.size(), {});
  for (WorkerPlan& worker : plan.workers) {
    std::map<std::size_t, std::uint16_t> transmit_queue;  // by port: the one that this worker has
    for (const std::size_t element : worker.elements) {
      const ElementNode& node = pipeline.elements[element];
      for_each_port(node, PortUse::receive, [&](std::size_t port, std::size_t use) {
        worker.queues.push_back({element, use, port, plan.port_queues[port].receive++});
      });
      for_each_port(node, PortUse::transmit, [&](std::size_t port, std::size_t use) {
        const auto [queue, fresh] = transmit_queue.emplace(port, plan.port_queues[port].transmit);
        if (fresh) ++plan.port_queues[port].transmit;
        worker.queues.push_back({element, use, port, queue->second});
      });
    }
  }
}

}  // namespace ixyflow
