#include <ctime>

#include "core/graph/planner/check.hpp"
#include "tests/graph/planner/plan_support.hpp"

namespace ixyflow::test {
namespace {

/// in (rx) -> work (work, `copies`) -> out (tx)
Graph farm(std::uint32_t copies) {
  Graph graph;
  graph.core("rx");
  graph.cores("work", copies);
  graph.core("tx");
  graph.source("in", {.core = "rx"});
  graph.step("work", {.core = "work"});
  graph.step("check");
  graph.step("out", {.core = "tx"});
  graph.path("in work check out");
  return graph;
}

/// "rx>work.0 rx>work.1": the pairs of workers that the rings of an edge join.
std::string strands(const Plan& plan, std::size_t edge) {
  std::string text;
  for (const RingPlan& ring : plan.rings)
    if (ring.edge == edge)
      text += (text.empty() ? "" : " ") + plan.workers[ring.from].name + ">" + plan.workers[ring.to].name;
  return text;
}

/// "rx: work.0 work.1": where one link leads.
std::string show(const Plan& plan, const Link& link) {
  std::string text = plan.workers[link.from].name + ":";
  for (const Link::Target& target : link.targets)
    text += " " + plan.workers[target.worker].name + (target.ring ? "" : "(here)");
  return text;
}

std::string reason(const Plan& plan, const std::string& subject) {
  for (const Decision& decision : plan.decisions)
    if (decision.subject == subject) return decision.text;
  return "nothing was said of " + subject;
}

}  // namespace

TEST_CASE("what is placed on a core with a count is copied to as many CPUs") {
  const Graph graph = farm(3);
  const Plan made = plan(graph);
  REQUIRE(made.workers.size() == 5);
  CHECK(made.workers[1].name == "work.0");
  CHECK(made.workers[3].name == "work.2");
  CHECK(made.workers[3].core == "work");
  CHECK(made.workers[3].copy == 2);
  CHECK(made.workers[3].copies == 3);
  for (const std::size_t worker : {1U, 2U, 3U}) CHECK(names(graph, made.workers[worker]) == "work check");
  CHECK(made.workers_of[graph.index("work")] == std::vector<std::size_t>{1, 2, 3});
  CHECK(made.workers_of[graph.index("out")] == std::vector<std::size_t>{4});
}

TEST_CASE("one to many spreads, many to one merges, inside a core copy i feeds copy i") {
  const Plan made = plan(farm(2));
  CHECK(strands(made, 0) == "rx>work.0 rx>work.1");
  CHECK(strands(made, 1).empty());
  CHECK(strands(made, 2) == "work.0>tx work.1>tx");
  REQUIRE(made.links[0].size() == 1);
  CHECK(show(made, made.links[0][0]) == "rx: work.0 work.1");
  REQUIRE(made.links[1].size() == 2);
  CHECK(show(made, made.links[1][1]) == "work.1: work.1(here)");
  CHECK(show(made, made.links[2][0]) == "work.0: tx");
}

TEST_CASE("between groups of one size copy i feeds copy i, between others flows are spread anew") {
  Graph graph;
  graph.core("rx");
  graph.cores("a", 2);
  graph.cores("b", 2);
  graph.cores("c", 3);
  graph.source("in", {.core = "rx"});
  graph.step("first", {.core = "a"});
  graph.step("second", {.core = "b"});
  graph.step("third", {.core = "c"});
  graph.path("in first second third");
  const Plan made = plan(graph);
  CHECK(strands(made, 1) == "a.0>b.0 a.1>b.1");
  CHECK(strands(made, 2) == "b.0>c.0 b.0>c.1 b.0>c.2 b.1>c.0 b.1>c.1 b.1>c.2");
}

TEST_CASE("a port with a queue for each copy feeds the copies directly") {
  Graph graph;
  graph.port("nic", {.receive_queues = 8, .transmit_queues = 8});
  graph.cores("work", 4);
  graph.source("in", {.core = "work", .receives = "nic"});
  graph.step("out", {.transmits = "nic"});
  graph.path("in out");
  const Plan made = plan(graph);
  CHECK(made.rings.empty());
  CHECK(made.port_queues[0].receive == 4);
  CHECK(made.port_queues[0].transmit == 4);
  REQUIRE(made.workers[3].queues.size() == 2);
  CHECK(made.workers[3].queues[0].queue == 3);
  CHECK(made.workers[3].queues[1].queue == 3);
}

TEST_CASE("a port with fewer queues than copies is spread and merged by rings") {
  Graph graph;
  graph.port("file", {});
  graph.cores("work", 3);
  graph.source("in", {.core = "work", .receives = "file"});
  graph.step("work");
  graph.step("out", {.transmits = "file"});
  graph.path("in work out");
  const Plan made = plan(graph);
  CHECK(made.workers_of[graph.index("in")] == std::vector<std::size_t>{0});
  CHECK(made.workers_of[graph.index("work")].size() == 3);
  CHECK(made.workers_of[graph.index("out")] == std::vector<std::size_t>{0});
  CHECK(show(made, made.links[0][0]) == "work.0: work.0(here) work.1 work.2");
  CHECK(strands(made, 1) == "work.1>work.0 work.2>work.0");
  CHECK_THAT(reason(made, "element 'in'"), Catch::Contains("port 'file' has 1 receive queue"));
}

TEST_CASE("too few queues to transmit on are shared by copies that keep flows together") {
  Graph graph;
  graph.port("nic", {.receive_queues = 4, .transmit_queues = 2});
  graph.cores("work", 4);
  graph.source("in", {.core = "work", .receives = "nic"});
  graph.step("out", {.transmits = "nic"});
  graph.path("in out");
  const Plan made = plan(graph);
  CHECK(made.workers_of[graph.index("out")] == std::vector<std::size_t>{0, 1});
  CHECK(strands(made, 0) == "work.2>work.0 work.3>work.1");
}

TEST_CASE("A9: queues that tear flows apart feed one copy only, from which packets are spread") {
  Graph graph;
  graph.port("nic", {.receive_queues = 4, .dealing = QueueDealing::at_random});
  graph.cores("work", 2);
  graph.source("in", {.core = "work", .receives = "nic"});
  graph.step("count");
  graph.path("in count");
  const Plan made = plan(graph);
  CHECK(made.workers_of[graph.index("in")].size() == 1);
  CHECK(show(made, made.links[0][0]) == "work.0: work.0(here) work.1");
  CHECK_THAT(reason(made, "element 'in'"), Catch::Contains("without regard to flows"));
}

TEST_CASE("an element that must be alone is refused copies, with the remedy") {
  Graph graph;
  graph.cores("work", 2);
  graph.source("in", {.core = "work"});
  graph.step("nat", {.replication = Replication::single});
  graph.path("in nat");
  CHECK_THAT(refusal(graph), Catch::Contains("element 'nat' cannot be copied to the 2 CPUs of core 'work'") &&
                                 Catch::Contains("give it a 'core' of its own"));
  graph.core("alone");
  graph.pipeline.elements[graph.index("nat")].core = "alone";
  CHECK(strands(plan(graph), 0) == "work.0>alone work.1>alone");
}

TEST_CASE("A9: copies that need whole flows are refused packets that were dealt out by two rules") {
  Graph graph;
  graph.port("nic", {.receive_queues = 2});
  graph.core("rx");
  graph.cores("work", 2);
  graph.source("direct", {.core = "work", .receives = "nic"});
  graph.source("spread", {.core = "rx"});
  graph.step("track", {.core = "work", .replication = Replication::per_flow});
  graph.path("direct track");
  CHECK(plan(graph).workers_of[graph.index("track")].size() == 2);
  graph.path("spread track");
  CHECK_THAT(refusal(graph), Catch::Contains("2 copies of element 'track'") &&
                                 Catch::Contains("queues of driver fixed") && Catch::Contains("flow hash"));
}

TEST_CASE("A9: a cycle through copies drops when it is full, and is marked") {
  Graph graph;
  graph.core("rx");
  graph.cores("work", 2);
  graph.core("fix");
  graph.source("in", {.core = "rx"});
  graph.step("work", {.core = "work"});
  graph.step("fix", {.core = "fix"});
  graph.path("in work fix work");
  const Plan made = plan(graph);
  CHECK(strands(made, 2) == "fix>work.0 fix>work.1");
  for (const RingPlan& ring : made.rings) {
    CHECK(ring.closes_cycle == (ring.edge == 2));
    CHECK((ring.full == FullPolicy::drop) == (ring.edge == 2));
  }
}

TEST_CASE("every strand of an edge has the length and policy that the file gives the edge") {
  Graph graph = farm(2);
  graph.pipeline.rings.push_back({.edge = 0, .length = 4096, .full = FullPolicy::drop});
  const Plan made = plan(graph);
  for (const RingPlan& ring : made.rings) {
    CHECK(ring.length == (ring.edge == 0 ? 4096U : 512U));
    CHECK(ring.full == (ring.edge == 0 ? FullPolicy::drop : FullPolicy::wait));
  }
}

TEST_CASE("all strands that a poll can fill must have room, as a flow hash may send a burst one way") {
  const Plan made = plan(farm(4));
  REQUIRE(made.workers[0].polls.size() == 1);
  CHECK(made.workers[0].polls[0].needs.size() == 4);
  CHECK(made.workers.back().polls.size() == 4);
}

TEST_CASE("copies are near what their core is near, and others near their neighbours") {
  Graph graph;
  graph.port("nic", {.node = 1});
  graph.core("rx");
  graph.core("work", {}, {}, 2);
  graph.source("in", {.core = "rx", .receives = "nic"});
  graph.step("work", {.core = "work"});
  graph.path("in work");
  const Plan made = plan(graph, machine(2, 4));
  for (const WorkerPlan& worker : made.workers) CHECK(worker.node == 1);
  CHECK_THAT(reason(made, "core 'rx'"), Catch::Contains("where port 'nic' is, from which it receives"));
  CHECK_THAT(reason(made, "core 'work.1'"), Catch::Contains("where core 'rx' is, which feeds it"));

  const Plan crowded = plan(graph, machine(2, 2));
  CHECK(crowded.workers[2].node == 0);
  CHECK_THAT(reason(crowded, "core 'work.1'"), Catch::Contains("nearest with a free CPU to node 1"));
}

TEST_CASE("memory lies on the nearest node that has some") {
  Graph graph;
  graph.port("nic", {.node = 2});
  graph.source("in", {.receives = "nic"});
  Machine odd = machine(3, 2);
  odd.nodes[0].memory_bytes = odd.nodes[1].memory_bytes = 1ULL << 30;
  odd.distances = {{10, 20, 30}, {20, 10, 15}, {30, 15, 10}};
  const Plan made = plan(graph, odd);
  CHECK(made.workers[0].node == 2);
  CHECK(made.workers[0].memory_node == 1);
  REQUIRE(made.nodes.size() == 1);
  CHECK(made.nodes[0].node == 1);
  CHECK(made.nodes[0].buffers == made.workers[0].buffers);
  CHECK_THAT(made.warnings,
             Catch::VectorContains(std::string("node 2 has no memory: that of core 'main' lies on node 1")));
}

TEST_CASE("A12: what a node does not have is refused") {
  Graph graph = farm(2);
  graph.pipeline.rings.push_back({.edge = 0, .length = 1 << 20});
  Machine small = machine(1, 8);
  small.nodes[0].memory_bytes = 1ULL << 30;
  CHECK_THAT(refusal(graph, small), Catch::Contains("MiB on NUMA node 0, which has 1024 MiB"));
}

TEST_CASE("A12: a pool beyond all measure is refused with what it is made of") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a"});
  for (int i = 0; i < 1100; ++i) {
    const std::string name = "s" + std::to_string(i);
    graph.step(name, {.core = "b"});
    const std::size_t edge = graph.path("in " + name);
    graph.pipeline.rings.push_back({.edge = edge, .length = 1 << 20});
  }
  CHECK_THAT(refusal(graph), Catch::Contains("pool of core 'a' would need") && Catch::Contains("in rings"));
}

TEST_CASE("an offline CPU is refused as such") {
  Graph graph;
  graph.core("a", 3);
  graph.source("in", {.core = "a"});
  Machine partly = machine(1, 3);
  partly.offline = {3};
  CHECK_THAT(refusal(graph, partly),
             Catch::Contains("CPU 3 is offline") && Catch::Contains("online are: 0-2"));
}

TEST_CASE("64 copies fed and merged by 64 others are planned quickly") {
  Graph graph;
  graph.cores("a", 32);
  graph.cores("b", 31);
  graph.source("in", {.core = "a"});
  std::string path = "in";
  for (int i = 0; i < 500; ++i) {
    graph.step("a" + std::to_string(i), {.core = "a"});
    path += " a" + std::to_string(i);
  }
  for (int i = 0; i < 500; ++i) {
    graph.step("b" + std::to_string(i), {.core = "b"});
    path += " b" + std::to_string(i);
  }
  graph.path(path);
  const Machine large = machine(2, 32);
  const std::clock_t start = std::clock();
  const Plan made = plan(graph, large);
  CHECK(double(std::clock() - start) / CLOCKS_PER_SEC < 0.5);
  CHECK(made.rings.size() == 32UL * 31);
}

}  // namespace ixyflow::test
