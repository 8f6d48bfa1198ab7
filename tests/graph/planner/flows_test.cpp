#include "tests/graph/planner/plan_support.hpp"

namespace ixyflow::test {
namespace {

constexpr PortProperties card() {
  PortProperties properties;
  properties.receive_queues = properties.transmit_queues = 4;
  properties.dealing = QueueDealing::by_rss_key;
  return properties;
}

/// nic -> work, twice on core work, straight from the queues of the port.
Graph fed_by_queues(const PortProperties& properties, Traits traits) {
  Graph graph;
  graph.port("nic", properties);
  graph.cores("work", 2);
  graph.source("in", {.core = "work", .receives = "nic"});
  graph.step("work", std::move(traits));
  graph.path("in work");
  return graph;
}

/// nic (core rx) -> work, twice on core work: dealt out by the flow hash.
Graph fed_by_hash(const PortProperties& properties, Traits traits) {
  Graph graph;
  graph.port("nic", properties);
  graph.core("rx");
  graph.cores("work", 2);
  graph.source("in", {.core = "rx", .receives = "nic"});
  traits.core = "work";
  graph.step("work", std::move(traits));
  graph.path("in work");
  return graph;
}

std::string of_port(const Plan& plan) {
  for (const Decision& decision : plan.decisions)
    if (decision.subject == "port 'nic'") return decision.text;
  return "";
}

std::string notes(const Plan& plan) {
  std::string text;
  for (const std::string& note : plan.notes) text += note + "\n";
  return text;
}

}  // namespace

TEST_CASE("A9: a card deals out by the full key, unless connections must be kept together") {
  for (const Replication replication : {Replication::per_core, Replication::per_flow}) {
    const Plan made = plan(fed_by_queues(card(), {.replication = replication}));
    CHECK(made.port_queues[0].rss_key == RssKey::full);
    CHECK_THAT(of_port(made), Catch::Contains("full key: nothing behind it needs"));
    CHECK_THAT(notes(made), !Catch::Contains("spreads flows worse"));
  }
  const Plan made = plan(fed_by_queues(card(), {.replication = Replication::per_connection}));
  CHECK(made.port_queues[0].rss_key == RssKey::symmetric);
  CHECK_THAT(of_port(made), Catch::Contains("symmetric key: element 'work' needs both directions"));
  CHECK_THAT(notes(made), Catch::Contains("it spreads flows worse than the full one"));
}

TEST_CASE("A9: behind the flow hash, or on one queue, connections are together under any key") {
  const Plan hashed = plan(fed_by_hash(card(), {.replication = Replication::per_connection}));
  CHECK(hashed.port_queues[0].rss_key == RssKey::full);
  CHECK(of_port(hashed).empty());
  Graph single = fed_by_queues(card(), {.replication = Replication::per_connection});
  single.pipeline.cores[0].count = 1;
  CHECK(of_port(plan(single)).empty());
}

TEST_CASE("A9: what the file says of a card's key holds, or is refused with the reason") {
  PortProperties wanted = card();
  wanted.rss_key = RssKey::symmetric;
  const Plan made = plan(fed_by_queues(wanted, {}));
  CHECK(made.port_queues[0].rss_key == RssKey::symmetric);
  CHECK_THAT(notes(made), Catch::Contains("as its 'rss' says so: it spreads flows worse"));
  wanted.rss_key = RssKey::full;
  CHECK(plan(fed_by_queues(wanted, {})).port_queues[0].rss_key == RssKey::full);
  CHECK_THAT(refusal(fed_by_queues(wanted, {.replication = Replication::per_connection})),
             Catch::Contains("the 2 copies of element 'work' (type Test) must each see both directions") &&
                 Catch::Contains("port 'nic' wants the full RSS key") && Catch::Contains("leave out 'rss'"));
}

TEST_CASE("A9: a port that keeps only flows together does not feed copies that need connections") {
  PortProperties guest = card();
  guest.dealing = QueueDealing::by_flow;
  CHECK_THAT(refusal(fed_by_queues(guest, {.replication = Replication::per_connection})),
             Catch::Contains("port 'nic' keeps only one of them together") &&
                 Catch::Contains("receive on a core of its own"));
  CHECK(plan(fed_by_queues(guest, {.replication = Replication::per_flow})).workers.size() == 2);
  guest.dealing = QueueDealing::by_connection;
  CHECK(plan(fed_by_queues(guest, {.replication = Replication::per_connection})).workers.size() == 2);
}

TEST_CASE("A9: copies that translate get packets by the flow hash, by which they choose where replies come") {
  CHECK_THAT(refusal(fed_by_queues(card(), {.translates = true})),
             Catch::Contains("know by the flow hash to which of them replies come") &&
                 Catch::Contains("by the queues of driver fixed"));
  CHECK(plan(fed_by_hash(card(), {.translates = true})).workers.size() == 3);
}

TEST_CASE("the flow hash has a key of its own in each run when others send, unless the file has a seed") {
  PortProperties network = card();
  CHECK_FALSE(plan(fed_by_queues(network, {})).secret_flow_key);
  network.from_others = true;
  Graph graph = fed_by_queues(network, {});
  CHECK(plan(graph).secret_flow_key);
  graph.pipeline.settings.seed = 0;
  CHECK_FALSE(plan(graph).secret_flow_key);
}

}  // namespace ixyflow::test
