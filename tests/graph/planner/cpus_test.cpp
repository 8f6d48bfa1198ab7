#include "core/graph/planner/check.hpp"
#include "tests/graph/planner/plan_support.hpp"

namespace ixyflow::test {

TEST_CASE("CPU 0 and hyper-thread siblings are taken last") {
  Graph graph;
  for (const char* name : {"a", "b", "c", "d"}) {
    graph.core(name);
    graph.source(std::string("in_") + name, {.core = name});
  }
  const Plan made = plan(graph, machine(1, 2, 2));
  std::vector<int> cpus;
  for (const WorkerPlan& worker : made.workers) cpus.push_back(worker.cpu);
  CHECK(cpus == std::vector<int>{1, 2, 3, 0});
  CHECK_THAT(made.warnings, Catch::VectorContains(std::string(
                                "CPUs 0+1, 2+3 are hyper-threads of one core each and share its speed")));
}

TEST_CASE("isolated CPUs come first") {
  Graph graph;
  graph.source("in");
  Machine with_isolated = machine(1, 4);
  with_isolated.cpus[3].isolated = true;
  CHECK(plan(graph, with_isolated).workers[0].cpu == 3);
}

TEST_CASE("a CPU of another run is taken when no other is free, and that is said") {
  Graph graph;
  graph.source("in");
  Machine shared = machine(1, 4);
  shared.cpus[1].user = "first";
  const Plan made = plan(graph, shared);
  CHECK(made.workers[0].cpu == 2);
  CHECK(made.warnings.empty());
  for (Cpu& cpu : shared.cpus)
    if (cpu.id != 0) cpu.user = "first";
  CHECK(plan(graph, shared).workers[0].cpu == 0);  // rather than one that is in use
  shared.cpus[0].user = "second";
  CHECK(plan(graph, shared).warnings ==
        std::vector<std::string>{"core 'main' shares CPU 1 with the run 'first': no CPU is free"});

  graph.core("main", 2);
  shared.cpus[3].user.clear();
  CHECK(plan(graph, shared).warnings ==
        std::vector<std::string>{"core 'main' shares CPU 2 with the run 'first'"});
}

TEST_CASE("nothing is said about what disturbs CPUs of a machine that is not there") {
  Graph graph;
  graph.source("in");
  Machine described = machine(1, 2);
  described.described = true;
  CHECK(plan(graph, described).notes.empty());
  described.described = false;
  CHECK_THAT(plan(graph, described).notes.at(0), Catch::Contains("not isolated"));
}

TEST_CASE("near is the node of the port, and so is nothing said") {
  Graph graph;
  graph.port("nic", {.node = 1});
  graph.source("in", {.receives = "nic"});
  CHECK(plan(graph, machine(2, 4)).workers[0].node == 1);

  graph.core("main", {}, "nic");
  const Plan made = plan(graph, machine(2, 4));
  CHECK(made.workers[0].cpu == 4);
  CHECK(made.warnings.empty());

  graph.pipeline.cores[0] = {.name = "main", .cpu = 2};
  CHECK_THAT(plan(graph, machine(2, 4)).warnings.at(0), Catch::Contains("port 'nic' is on NUMA node 1"));
}

TEST_CASE("A11: a CPU that is not there, not allowed or asked for twice is refused") {
  Graph graph;
  graph.core("a", 666);
  graph.source("in");
  CHECK_THAT(refusal(graph), Catch::Contains("no CPU 666") && Catch::Contains("0-7"));

  Machine restricted = machine(1, 8);
  for (const std::size_t cpu : {0U, 2U, 3U}) restricted.cpus[cpu].allowed = false;
  graph.pipeline.cores[0].cpu = 2;
  CHECK_THAT(refusal(graph, restricted),
             Catch::Contains("may not run on CPU 2") && Catch::Contains("1, 4-7"));

  graph.core("b", 2);
  Diagnostics diagnostics;
  check_pipeline(graph.pipeline, diagnostics);
  CHECK_THAT(diagnostics.render(), Catch::Contains("'a' and 'b' both ask for CPU 2"));
}

TEST_CASE("A11: more workers than CPUs are refused unless asked for") {
  Graph graph;
  for (const char* name : {"a", "b", "c"}) {
    graph.core(name);
    graph.source(std::string("in_") + name, {.core = name});
  }
  CHECK_THAT(refusal(graph, machine(1, 2)), Catch::Contains("needs 3 cores, but there are only 2"));
  const Plan made = plan(graph, machine(1, 2), {.oversubscribe = true});
  CHECK(made.oversubscribed);
  CHECK(made.workers.size() == 3);
  CHECK_FALSE(plan(graph, machine(1, 3)).oversubscribed);
  CHECK_THAT(refusal(graph, Machine{}), Catch::Contains("no CPU"));
}

}  // namespace ixyflow::test
