#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/graph/planner/make_plan.hpp"

namespace ixyflow::test {

/// A port whose properties are what the test says.
class FixedPort final : public Port {
 public:
  explicit FixedPort(PortProperties properties) : properties_(std::move(properties)) {}
  [[nodiscard]] PortProperties properties() const override { return properties_; }

 private:
  PortProperties properties_;
};

/// An element that says of itself what the test says.
class FixedElement final : public Element {
 public:
  FixedElement(std::uint32_t capacity, std::uint32_t room, std::uint32_t amplification)
      : capacity_(capacity), room_(room), amplification_(amplification) {}
  [[nodiscard]] std::uint32_t capacity() const noexcept override { return capacity_; }
  [[nodiscard]] std::uint32_t room(PortIndex /*input*/) const noexcept override { return room_; }
  [[nodiscard]] std::uint32_t amplification() const noexcept override { return amplification_; }

 private:
  std::uint32_t capacity_;
  std::uint32_t room_;
  std::uint32_t amplification_;
};

/// What an element of a test is.
struct Traits {
  std::string core = {};
  std::uint32_t capacity = 0;
  std::uint32_t room = Element::kUnlimited;
  std::uint32_t amplification = 1;
  std::string receives = {};   ///< name of a port
  std::string transmits = {};  ///< name of a port
  Replication replication = Replication::per_core;
  bool one_way = false;
  bool translates = false;
  std::uint32_t headroom = 0;
};

/// A pipeline made by hand, without a file and without the registries.
class Graph {
 public:
  Pipeline pipeline;

  void port(std::string name, PortProperties properties) {
    PortNode node;
    node.name = std::move(name);
    node.spec = &driver_;
    node.port = std::make_unique<FixedPort>(std::move(properties));
    pipeline.ports.push_back(std::move(node));
  }
  void core(std::string name, std::optional<int> cpu = {}, std::string near = {}, std::uint32_t count = 1) {
    pipeline.cores.push_back({.name = std::move(name), .cpu = cpu, .near = std::move(near), .count = count});
  }
  void cores(std::string name, std::uint32_t count) { core(std::move(name), {}, {}, count); }
  void source(std::string name, Traits traits = {}) { add(std::move(name), std::move(traits), false, true); }
  void step(std::string name, Traits traits = {}) { add(std::move(name), std::move(traits), true, false); }
  /// Takes in and gives out at its own pace.
  void queue(std::string name, Traits traits = {}) { add(std::move(name), std::move(traits), true, true); }

  /// "a b c": from a to b, and from b to c, each by the next free output. Returns the index of the last edge.
  std::size_t path(std::string_view names) {
    std::optional<std::size_t> from;
    while (!names.empty()) {
      const std::string_view name = names.substr(0, names.find(' '));
      names.remove_prefix(std::min(name.size() + 1, names.size()));
      const std::size_t to = index(name);
      if (from) {
        ElementNode& node = pipeline.elements[*from];
        pipeline.edges.push_back({.from = *from, .output = node.outputs++, .to = to});
      }
      from = to;
    }
    return pipeline.edges.size() - 1;
  }

  [[nodiscard]] std::size_t index(std::string_view name) const {
    const auto node = std::ranges::find(pipeline.elements, name, &ElementNode::name);
    REQUIRE(node != pipeline.elements.end());
    return static_cast<std::size_t>(node - pipeline.elements.begin());
  }

 private:
  void add(std::string name, Traits traits, bool processes, bool polls) {
    ElementSpec& spec = specs_.emplace_back();
    spec.name = "Test";
    spec.processes = processes;
    spec.polls = polls;
    spec.translates = traits.translates;
    spec.headroom = traits.headroom;
    spec.replication = traits.replication;
    spec.one_way = traits.one_way;
    ElementNode node;
    node.name = std::move(name);
    node.spec = &spec;
    node.core = std::move(traits.core);
    node.inputs = processes ? 1 : 0;
    node.element = std::make_unique<FixedElement>(traits.capacity, traits.room, traits.amplification);
    const auto use = [&](const std::string& port, PortUse direction) {
      if (port.empty()) return;
      const auto found = std::ranges::find(pipeline.ports, port, &PortNode::name);
      REQUIRE(found != pipeline.ports.end());
      spec.ports.push_back({"port", direction, {}});
      node.ports.push_back(static_cast<std::size_t>(found - pipeline.ports.begin()));
    };
    use(traits.receives, PortUse::receive);
    use(traits.transmits, PortUse::transmit);
    pipeline.elements.push_back(std::move(node));
  }

  std::deque<ElementSpec> specs_;  ///< elements point to them
  static inline const PortSpec driver_{
      .name = "fixed", .doc = {}, .parameters = {}, .counters = {}, .positional = {}, .create = {}};
};

/// `nodes` nodes with `cores` cores of `threads` hyper-threads each; siblings are numbered one behind the
/// other.
inline Machine machine(int nodes, int cores, int threads = 1) {
  Machine machine;
  for (int node = 0; node < nodes; ++node) {
    machine.nodes.push_back({.id = node});
    for (int core = 0; core < cores; ++core)
      for (int thread = 0; thread < threads; ++thread)
        machine.cpus.push_back(
            {.id = static_cast<int>(machine.cpus.size()), .core = node * cores + core, .node = node});
  }
  return machine;
}

/// The plan of a pipeline that must have one.
inline Plan plan(const Graph& graph, const Machine& on = machine(1, 8), PlanOptions options = {}) {
  Diagnostics diagnostics;
  auto plan = make_plan(graph.pipeline, on, options, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(plan.has_value());
  return std::move(*plan);
}

/// Why a pipeline has no plan.
inline std::string refusal(const Graph& graph, const Machine& on = machine(1, 8), PlanOptions options = {}) {
  Diagnostics diagnostics;
  CHECK_FALSE(make_plan(graph.pipeline, on, options, diagnostics).has_value());
  return diagnostics.render();
}

/// Names of the elements of one worker, in the order of the plan.
inline std::string names(const Graph& graph, const WorkerPlan& worker) {
  std::string text;
  for (const std::size_t element : worker.elements)
    text += (text.empty() ? "" : " ") + graph.pipeline.elements[element].name;
  return text;
}

}  // namespace ixyflow::test
