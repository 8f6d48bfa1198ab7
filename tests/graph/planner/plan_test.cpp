#include <ctime>

#include "core/graph/planner/check.hpp"
#include "tests/graph/planner/plan_support.hpp"

namespace ixyflow::test {
namespace {

/// in (io) -> count -> rewrite (work) -> out
Graph two_cores() {
  Graph graph;
  graph.core("io");
  graph.core("work");
  graph.source("in", {.core = "io"});
  graph.step("count");
  graph.step("rewrite", {.core = "work"});
  graph.step("out");
  graph.path("in count rewrite out");
  return graph;
}

const PollPlan::Need* need_of(const PollPlan& poll, PollPlan::Need::Kind kind, std::size_t index) {
  for (const PollPlan::Need& need : poll.needs)
    if (need.kind == kind && need.index == index) return &need;
  return nullptr;
}

}  // namespace

TEST_CASE("without cores everything runs on one worker, each element behind what feeds it") {
  Graph graph;
  graph.step("last");
  graph.step("middle");
  graph.source("first");
  graph.path("first middle last");
  const Plan made = plan(graph);
  REQUIRE(made.workers.size() == 1);
  CHECK(made.workers[0].name == "main");
  CHECK(names(graph, made.workers[0]) == "first middle last");
  CHECK(made.rings.empty());
}

TEST_CASE("an element without a core takes that of its feeder, and an edge between cores is a ring") {
  const Graph graph = two_cores();
  const Plan made = plan(graph);
  REQUIRE(made.workers.size() == 2);
  CHECK(names(graph, made.workers[0]) == "in count");
  CHECK(names(graph, made.workers[1]) == "rewrite out");
  REQUIRE(made.rings.size() == 1);
  CHECK(made.rings[0].edge == 1);
  CHECK(made.rings[0].from == 0);
  CHECK(made.rings[0].to == 1);
  CHECK(made.rings[0].length == 1024);
  CHECK(made.rings[0].full == FullPolicy::wait);
  CHECK_FALSE(made.rings[0].closes_cycle);
  CHECK(made.links[1][0].targets[0].ring == std::size_t{0});
  CHECK_FALSE(made.links[0][0].targets[0].ring.has_value());
  CHECK(made.workers[1].meets == std::vector<std::size_t>{0});
  CHECK(made.workers[0].meets.empty());
}

TEST_CASE("a source without a core goes where the first element with one is") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in");
  graph.step("count");
  graph.step("work", {.core = "b"});
  graph.path("in count work");
  const Plan made = plan(graph);
  REQUIRE(made.workers.size() == 1);
  CHECK(made.workers[0].name == "b");
  CHECK(made.rings.empty());
}

TEST_CASE("feeders on different cores are refused by name") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("left", {.core = "a"});
  graph.source("right", {.core = "b"});
  graph.step("join");
  graph.path("left join");
  graph.path("right join");
  CHECK_THAT(refusal(graph), Catch::Contains("'left' runs on 'a', 'right' on 'b'"));
  graph.pipeline.elements[2].core = "b";
  CHECK(plan(graph).rings.size() == 1);
}

TEST_CASE("a feedback edge does not decide the core") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a"});
  graph.step("loop");
  graph.step("far", {.core = "b"});
  graph.path("in loop far loop");
  const Plan made = plan(graph);
  CHECK(made.workers_of[graph.index("loop")] == std::vector<std::size_t>{0});
  REQUIRE(made.rings.size() == 2);
  CHECK_FALSE(made.rings[0].closes_cycle);
  CHECK(made.rings[1].closes_cycle);
  CHECK(made.rings[1].full == FullPolicy::drop);
}

TEST_CASE("a cycle on one core is closed by a ring that drops") {
  Graph graph;
  graph.source("in");
  graph.step("loop");
  graph.step("back");
  graph.path("in loop back loop");
  const Plan made = plan(graph);
  REQUIRE(made.rings.size() == 1);
  CHECK(made.rings[0].edge == 2);
  CHECK(made.rings[0].from == made.rings[0].to);
  CHECK(made.rings[0].full == FullPolicy::drop);
  CHECK(names(graph, made.workers[0]) == "in loop back");

  graph.pipeline.rings.push_back({.edge = 2, .full = FullPolicy::wait});
  CHECK_THAT(refusal(graph), Catch::Contains("would wait for itself"));
}

TEST_CASE("polls are sources, then rings, then queues") {
  Graph graph = two_cores();
  graph.queue("queue", {.core = "work"});
  graph.source("late", {.core = "work"});
  graph.path("late queue out");
  const Plan made = plan(graph);
  const std::vector<PollPlan>& polls = made.workers[1].polls;
  REQUIRE(polls.size() == 3);
  CHECK(polls[0].index == graph.index("late"));
  CHECK(polls[1].kind == PollPlan::Kind::ring);
  CHECK(polls[2].index == graph.index("queue"));
}

TEST_CASE("before a poll every waiting ring and transmit queue behind it needs room") {
  Graph graph;
  graph.port("lan", {.can_wait = true});
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a", .receives = "lan"});
  graph.step("tee");
  graph.step("copy", {.amplification = 3});
  graph.step("send", {.transmits = "lan"});
  graph.step("far", {.core = "b"});
  graph.path("in tee copy far");
  graph.path("tee far");
  graph.path("copy send");
  const Plan made = plan(graph);
  const PollPlan& poll = made.workers[0].polls[0];
  CHECK(poll.waits);
  REQUIRE(made.rings.size() == 2);
  const auto* copied = need_of(poll, PollPlan::Need::Kind::ring, 0);
  REQUIRE(copied != nullptr);
  CHECK(copied->factor == 3);
  const auto* direct = need_of(poll, PollPlan::Need::Kind::ring, 1);
  REQUIRE(direct != nullptr);
  CHECK(direct->factor == 1);
  const auto* sent = need_of(poll, PollPlan::Need::Kind::transmitter, graph.index("send"));
  REQUIRE(sent != nullptr);
  CHECK(sent->factor == 3);
  CHECK(made.workers[1].polls[0].needs.empty());
}

TEST_CASE("packets that meet again add up") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a"});
  graph.step("tee");
  graph.step("left");
  graph.step("right");
  graph.step("join");
  graph.step("far", {.core = "b"});
  graph.path("in tee left join far");
  graph.path("tee right join");
  CHECK(plan(graph).workers[0].polls[0].needs.at(0).factor == 2);
}

TEST_CASE("packets that go one way each do not add up where the ways meet") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a"});
  graph.step("switch", {.one_way = true});
  graph.step("copy", {.amplification = 2});
  graph.step("meet");
  graph.step("far", {.core = "b"});
  graph.path("in switch meet far");
  graph.path("switch meet");
  graph.path("switch meet");
  CHECK(plan(graph).workers[0].polls[0].needs.at(0).factor == 1);
  // The way on which most becomes of a packet counts.
  graph.path("switch copy meet");
  CHECK(plan(graph).workers[0].polls[0].needs.at(0).factor == 2);
  // Copies to all outputs add up.
  graph.step("tee");
  graph.path("copy tee meet");
  graph.path("tee meet");
  CHECK(plan(graph).workers[0].polls[0].needs.at(0).factor == 6);
}

TEST_CASE("what lies behind a queue is not the source's need but the queue's") {
  Graph graph = two_cores();
  graph.queue("queue");
  graph.pipeline.edges.clear();
  for (ElementNode& node : graph.pipeline.elements) node.outputs = 0;
  graph.path("in queue count rewrite out");
  const Plan made = plan(graph);
  CHECK(made.workers[0].polls[0].needs.empty());
  CHECK(made.workers[0].polls[1].needs.size() == 1);
}

TEST_CASE("a source that comes when it likes does not wait, and a dropping ring is nobody's need") {
  Graph graph;
  graph.port("nic", {.can_wait = false});
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a", .receives = "nic"});
  graph.step("far", {.core = "b"});
  const std::size_t edge = graph.path("in far");
  CHECK_FALSE(plan(graph).workers[0].polls[0].waits);
  graph.pipeline.rings.push_back({.edge = edge, .full = FullPolicy::drop});
  CHECK(plan(graph).workers[0].polls[0].needs.empty());
}

TEST_CASE("A13: a ring shorter than what one burst becomes is refused with the minimum") {
  Graph graph = two_cores();
  graph.pipeline.rings.push_back({.edge = 1, .length = 63});
  CHECK_THAT(refusal(graph), Catch::Contains("at least 64 packets"));
  graph.pipeline.rings[0].length = 64;
  CHECK(plan(graph).rings[0].length == 64);
  graph.pipeline.settings.burst = 256;
  CHECK_THAT(refusal(graph), Catch::Contains("at least 256 packets"));
}

TEST_CASE("an automatic ring holds at least two bursts, and a burst that no ring holds is refused") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a"});
  graph.step("copy", {.amplification = 20});
  graph.step("far", {.core = "b"});
  graph.path("in copy far");
  CHECK(plan(graph).rings[0].length == 4096);

  Graph endless;
  endless.core("a");
  endless.core("b");
  endless.source("in", {.core = "a"});
  std::string path = "in";
  for (int i = 0; i < 40; ++i) {
    const std::string name = "copy" + std::to_string(i);
    endless.step(name, {.amplification = 100});
    path += " " + name;
  }
  endless.step("far", {.core = "b"});
  endless.path(path + " far");
  CHECK_THAT(refusal(endless), Catch::Contains("more than a ring can hold"));
}

TEST_CASE("A12: a pool holds all that can be away from it") {
  Graph graph = two_cores();
  const Plan small = plan(graph);
  CHECK(small.workers[0].buffers >= 1024 + 2 * 64);
  CHECK(small.workers[0].buffers % 64 == 0);
  CHECK(small.workers[1].buffers == 0);

  graph.step("hold", {.capacity = 5000});
  graph.path("out hold");
  CHECK(plan(graph).workers[0].buffers >= small.workers[0].buffers + 4900);
}

TEST_CASE("a one-core pipeline gets by with a small pool") {
  Graph graph;
  graph.source("in");
  graph.step("count");
  graph.path("in count");
  CHECK(plan(graph).workers[0].buffers <= 512);
}

TEST_CASE("two elements that transmit on one queue share a core, unless the file says otherwise") {
  Graph graph;
  graph.port("lan", {.transmit_queues = 1});
  graph.core("a");
  graph.core("b");
  graph.source("left", {.core = "a"});
  graph.source("right", {.core = "b"});
  graph.step("send_left", {.transmits = "lan"});
  graph.step("send_right", {.transmits = "lan"});
  graph.path("left send_left");
  graph.path("right send_right");
  const Plan made = plan(graph);
  CHECK(made.workers_of[2] == made.workers_of[3]);
  CHECK(made.rings.size() == 1);

  graph.pipeline.elements[2].core = "a";
  graph.pipeline.elements[3].core = "b";
  CHECK_THAT(refusal(graph), Catch::Contains("1 transmit queue, but 2 cores"));
}

TEST_CASE("64 cores and 1,000 elements are planned quickly") {
  Graph graph;
  for (int core = 0; core < 64; ++core) {
    const std::string name = "c" + std::to_string(core);
    graph.core(name);
    const std::string source = "in" + std::to_string(core);
    graph.source(source, {.core = name});
    std::string path = source;
    for (int i = 0; i < 15; ++i) {
      const std::string step = "e" + std::to_string(core) + "_" + std::to_string(i);
      graph.step(step);
      path += " " + step;
    }
    graph.path(path);
    if (core > 0) graph.path("in" + std::to_string(core - 1) + " e" + std::to_string(core) + "_0");
    // Two feeders on two cores: the first step says where it runs.
    graph.pipeline.elements[graph.index("e" + std::to_string(core) + "_0")].core = name;
  }
  const Machine large = machine(2, 32, 2);
  const std::clock_t start = std::clock();
  const Plan made = plan(graph, large);
  CHECK(double(std::clock() - start) / CLOCKS_PER_SEC < 0.5);
  CHECK(made.workers.size() == 64);
  CHECK(made.rings.size() == 63);
}

}  // namespace ixyflow::test
