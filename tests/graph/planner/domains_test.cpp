#include "tests/graph/planner/plan_support.hpp"

namespace ixyflow::test {
namespace {

/// A device in another process that is given packet memory.
PortProperties peer() {
  PortProperties properties;
  properties.addresses = DeviceAddresses::linear;
  properties.shares_memory = true;
  properties.queue_memory = 4096;
  return properties;
}

std::uint32_t domain(const Graph& graph, const Plan& plan, std::string_view element) {
  return plan.domain_of[graph.index(element)];
}

}  // namespace

TEST_CASE("F20: frames that no peer can get lie in memory of their own") {
  Graph graph;
  graph.port("wire", peer());
  graph.port("tenant", {});
  graph.source("in", {.receives = "tenant"});
  graph.step("out", {.transmits = "tenant"});
  graph.source("from_wire", {.receives = "wire"});
  graph.step("sink");
  graph.path("in out");
  graph.path("from_wire sink");
  const Plan made = plan(graph);
  CHECK(domain(graph, made, "in") == 0);
  CHECK(domain(graph, made, "from_wire") == 1);
  CHECK(made.domain_of_port == std::vector<std::uint32_t>{1, 0});
  REQUIRE(made.workers.size() == 1);
  REQUIRE(made.workers[0].pools.size() == 2);
  CHECK(made.workers[0].pools[0].buffers + made.workers[0].pools[1].buffers == made.workers[0].buffers);
  std::uint64_t device_bytes = 0;
  for (const MemoryPlan& memory : made.memory)
    if (memory.domain == 1) device_bytes += memory.bytes;
  CHECK(device_bytes > graph.pipeline.buffers.bytes(made.workers[0].pools[1].buffers));
}

TEST_CASE("what may come to a peer is allocated where it can get it, however far away that is") {
  Graph graph;
  graph.port("wire", peer());
  graph.port("plain", {});
  graph.core("other");
  graph.source("in", {.receives = "plain"});
  graph.step("split");
  graph.step("far", {.core = "other"});
  graph.step("out", {.core = "other", .transmits = "wire"});
  graph.step("file", {.transmits = "plain"});
  graph.path("in split far out");
  graph.path("split file");
  const Plan made = plan(graph);
  for (const char* element : {"in", "split", "far", "out"}) CHECK(domain(graph, made, element) == 1);
  CHECK(domain(graph, made, "file") == 0);
  for (const WorkerPlan& worker : made.workers) CHECK(worker.pools.size() <= 1);
}

TEST_CASE("F20: peers that packets pass between share memory, others do not") {
  Graph graph;
  for (const char* name : {"a", "b", "c"}) graph.port(name, peer());
  for (const char* name : {"a", "b", "c"}) {
    graph.source(std::string("from_") + name, {.receives = name});
    graph.step(std::string("to_") + name, {.transmits = name});
  }
  graph.path("from_a to_b");
  graph.path("from_b to_a");
  graph.path("from_c to_c");
  const Plan made = plan(graph);
  CHECK(made.domain_of_port == std::vector<std::uint32_t>{1, 1, 2});
  CHECK(domain(graph, made, "from_c") == 2);
  CHECK(domain(graph, made, "from_a") == domain(graph, made, "from_b"));
}

TEST_CASE("elements that receive from one port allocate from one pool") {
  Graph graph;
  graph.port("wire", peer());
  graph.port("plain", {});
  graph.source("first", {.receives = "plain"});
  graph.source("second", {.receives = "plain"});
  graph.step("out", {.transmits = "wire"});
  graph.step("sink");
  graph.path("first out");
  graph.path("second sink");
  const Plan made = plan(graph);
  CHECK(domain(graph, made, "first") == 1);
  CHECK(domain(graph, made, "second") == 1);
}

TEST_CASE("without ports that share memory there is one domain, and one pool per core") {
  Graph graph;
  graph.port("plain", {});
  graph.source("in", {.receives = "plain"});
  graph.step("out", {.transmits = "plain"});
  graph.path("in out");
  const Plan made = plan(graph);
  CHECK(made.domain_of_port == std::vector<std::uint32_t>{0});
  REQUIRE(made.workers[0].pools.size() == 1);
  CHECK(made.workers[0].pools[0].buffers == made.workers[0].buffers);
}

}  // namespace ixyflow::test
