#include "tests/graph/planner/plan_support.hpp"

namespace ixyflow::test {
namespace {

using Kind = PollPlan::Need::Kind;

/// The poll of the source or holding element called `name`.
const PollPlan& poll_of(const Graph& graph, const Plan& plan, std::string_view name) {
  for (const WorkerPlan& worker : plan.workers)
    for (const PollPlan& poll : worker.polls)
      if (poll.kind == PollPlan::Kind::element && poll.index == graph.index(name)) return poll;
  throw std::runtime_error("nobody polls " + std::string(name));
}

/// "ring 0 x1, holder queue x2"
std::string needs_of(const Graph& graph, const PollPlan& poll) {
  std::string text;
  for (const PollPlan::Need& need : poll.needs) {
    text += text.empty() ? "" : ", ";
    if (need.kind == Kind::ring)
      text += "ring " + std::to_string(need.index);
    else
      text +=
          (need.kind == Kind::holder ? "holder " : "transmitter ") + graph.pipeline.elements[need.index].name;
    if (need.input != 0) text += "[" + std::to_string(need.input) + "]";
    text += " x" + std::to_string(need.factor);
  }
  return text;
}

std::string reasons(const Plan& plan, const std::string& subject) {
  std::string text;
  for (const Decision& decision : plan.decisions)
    if (decision.subject == subject) text += decision.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("before a poll the holding elements that it reaches need room, those behind them do not") {
  Graph graph;
  graph.source("in");
  graph.step("count");
  graph.queue("queue", {.capacity = 100, .room = 100});
  graph.queue("delay", {.capacity = 1000, .room = 1000});
  graph.step("out");
  graph.path("in count queue delay out");
  const Plan made = plan(graph);
  CHECK(needs_of(graph, poll_of(graph, made, "in")) == "holder queue x1");
  CHECK(needs_of(graph, poll_of(graph, made, "queue")) == "holder delay x1");
  CHECK(needs_of(graph, poll_of(graph, made, "delay")).empty());
  CHECK_THAT(reasons(made, "element 'queue'"),
             Catch::Contains("takes in 100 packets; when it is full, sources that can wait are held back"));
}

TEST_CASE("an element whose room is unlimited is nobody's need, whether it gives out by itself or not") {
  Graph graph;
  graph.source("in");
  graph.queue("taker", {.capacity = 100});
  graph.step("out", {.capacity = 100});
  graph.path("in taker out");
  const Plan made = plan(graph);
  CHECK(needs_of(graph, poll_of(graph, made, "in")).empty());
  CHECK(needs_of(graph, poll_of(graph, made, "taker")).empty());
}

TEST_CASE("an element that holds packets but does not poll needs room, and so does what lies behind it") {
  Graph graph;
  graph.source("in");
  graph.step("querier", {.capacity = 50, .room = 50});
  graph.queue("queue", {.capacity = 70, .room = 70});
  graph.path("in querier queue");
  CHECK(needs_of(graph, poll_of(graph, plan(graph), "in")) == "holder querier x1, holder queue x1");
}

TEST_CASE("a ring is polled only when the queue behind it has room") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a"});
  graph.queue("queue", {.core = "b", .capacity = 10, .room = 10});
  graph.path("in queue");
  const Plan made = plan(graph);
  CHECK(needs_of(graph, poll_of(graph, made, "in")) == "ring 0 x1");
  REQUIRE(made.workers[1].polls.size() == 2);
  const PollPlan& ring = made.workers[1].polls[0];
  CHECK(ring.kind == PollPlan::Kind::ring);
  CHECK(needs_of(graph, ring) == "holder queue x1");
  CHECK(ring.burst == 10);
}

TEST_CASE("copies on the way to a queue count, for each of its inputs by itself") {
  Graph graph;
  graph.source("in");
  graph.step("tee");
  graph.step("copy", {.amplification = 3});
  graph.queue("queue", {.room = 100});
  graph.pipeline.elements[graph.index("queue")].inputs = 2;
  graph.path("in tee queue");
  graph.path("tee copy queue");
  CHECK(needs_of(graph, poll_of(graph, plan(graph), "in")) == "holder queue x4");
  graph.pipeline.edges.back().input = 1;
  CHECK(needs_of(graph, poll_of(graph, plan(graph), "in")) == "holder queue x1, holder queue[1] x3");
}

TEST_CASE("J3: a burst is no larger than what a queue behind the source takes when it is empty") {
  Graph graph;
  graph.source("in");
  graph.step("copy", {.amplification = 3});
  graph.queue("queue", {.room = 10});
  graph.path("in copy queue");
  const Plan made = plan(graph);
  CHECK(poll_of(graph, made, "in").burst == 3);
  CHECK(poll_of(graph, made, "queue").burst == graph.pipeline.settings.burst);
  CHECK_THAT(reasons(made, "element 'queue'"), Catch::Contains("some fetch 3 at once instead of 64"));
}

TEST_CASE("a burst is no larger than what a transmit queue takes, also of a source that cannot wait") {
  Graph graph;
  graph.port("nic", {.can_wait = false, .transmit_room = 40});
  graph.source("in", {.receives = "nic"});
  graph.step("out", {.transmits = "nic"});
  graph.path("in out");
  CHECK(poll_of(graph, plan(graph), "in").burst == 40);
}

TEST_CASE("what comes when it likes is fetched in whole bursts, whatever room a queue has") {
  Graph graph;
  graph.port("nic", {.can_wait = false});
  graph.source("in", {.receives = "nic"});
  graph.queue("queue", {.room = 10});
  graph.path("in queue");
  const Plan made = plan(graph);
  CHECK_FALSE(poll_of(graph, made, "in").waits);
  CHECK(poll_of(graph, made, "in").burst == 64);
  CHECK(reasons(made, "element 'queue'").find("held back") == std::string::npos);
}

TEST_CASE("A13: a queue that has no room for what one packet becomes is refused with the minimum") {
  Graph graph;
  graph.source("in");
  graph.step("copy", {.amplification = 3});
  graph.queue("queue", {.room = 2});
  graph.path("in copy queue");
  CHECK_THAT(refusal(graph),
             Catch::Contains("element 'queue'") && Catch::Contains("room for at least 3 packets, not 2"));
  graph.pipeline.elements[graph.index("queue")].element = std::make_unique<FixedElement>(3, 3, 1);
  CHECK(poll_of(graph, plan(graph), "in").burst == 1);
}

TEST_CASE("A13: a port that never takes as many as one packet becomes is refused with the minimum") {
  Graph graph;
  graph.port("nic", {.can_wait = true, .transmit_room = 2});
  graph.source("in");
  graph.step("copy", {.amplification = 3});
  graph.step("out", {.transmits = "nic"});
  graph.path("in copy out");
  CHECK_THAT(refusal(graph),
             Catch::Contains("element 'out'") && Catch::Contains("room for at least 3 packets, not 2"));
}

TEST_CASE("J5: a cycle through a queue is closed by a ring that drops, so that nothing waits for itself") {
  Graph graph;
  graph.source("in");
  graph.step("loop");
  graph.queue("queue", {.room = 100});
  graph.path("in loop queue loop");
  const Plan made = plan(graph);
  REQUIRE(made.rings.size() == 1);
  CHECK(made.rings[0].edge == 2);
  CHECK(made.rings[0].closes_cycle);
  CHECK(made.rings[0].full == FullPolicy::drop);
  // The source and the ring wait for the queue; the queue waits for nobody.
  CHECK(needs_of(graph, poll_of(graph, made, "in")) == "holder queue x1");
  CHECK(needs_of(graph, made.workers[0].polls[1]) == "holder queue x1");
  CHECK(needs_of(graph, poll_of(graph, made, "queue")).empty());
}

TEST_CASE("J5: a cycle of queues on two cores has one ring that drops") {
  Graph graph;
  graph.core("a");
  graph.core("b");
  graph.source("in", {.core = "a"});
  graph.queue("here", {.core = "a", .room = 20});
  graph.queue("there", {.core = "b", .room = 20});
  graph.path("in here there here");
  const Plan made = plan(graph);
  REQUIRE(made.rings.size() == 2);
  CHECK_FALSE(made.rings[0].closes_cycle);
  CHECK(made.rings[1].closes_cycle);
  CHECK(needs_of(graph, poll_of(graph, made, "there")).empty());
}

}  // namespace ixyflow::test
