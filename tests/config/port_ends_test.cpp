// Ports that stand in a path themselves.

#include <catch2/catch.hpp>

#include "tests/config/config_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

std::string two_ports(std::string_view paths, std::string_view more = {}) {
  return "[ports.wan]\ndriver = \"null\"\n[ports.lan]\ndriver = \"null\"\n" + std::string(more) +
         "[graph]\npaths = [" + std::string(paths) + "]\n";
}

std::vector<std::string> edges_of(const Pipeline& pipeline) {
  std::vector<std::string> edges;
  for (const Edge& edge : pipeline.edges) edges.push_back(pipeline.show(edge));
  return edges;
}

}  // namespace

TEST_CASE("the smallest file is two ports and a path") {
  const Pipeline pipeline = check_accepted(two_ports("\"wan -> Counter -> lan\""));
  REQUIRE(pipeline.elements.size() == 3);
  CHECK(edges_of(pipeline) == std::vector<std::string>{"wan.rx -> Counter@6", "Counter@6 -> lan.tx"});
  CHECK(pipeline.elements[0].spec->name == "FromDevice");
  CHECK(pipeline.elements[2].spec->name == "ToDevice");
  CHECK(pipeline.elements[0].ports == std::vector<std::size_t>{0});
  CHECK(pipeline.elements[2].ports == std::vector<std::size_t>{1});
}

TEST_CASE("a port can be an end of several paths") {
  const Pipeline pipeline = check_accepted(
      two_ports("\"wan -> v4 -> lan\", \"v4[other] -> Counter -> lan\", \"lan -> Counter -> wan\"",
                "[elements.v4]\ntype = \"Filter\"\nexpr = \"ip\"\n"));
  CHECK(edges_of(pipeline) == std::vector<std::string>{"wan.rx -> v4", "v4[out] -> lan.tx",
                                                       "v4[other] -> Counter@9", "Counter@9 -> lan.tx",
                                                       "lan.rx -> Counter@9.2", "Counter@9.2 -> wan.tx"});
  check_refused(two_ports("\"wan -> Counter -> lan\", \"«wan -> lan\""),
                "output 'out' of 'wan.rx' is wired twice");
}

TEST_CASE("ports that receive come before the elements that they feed") {
  const Pipeline pipeline =
      check_accepted(two_ports("\"wan -> b -> a -> lan\", \"lan -> Discard\"",
                               "[elements.a]\ntype = \"Counter\"\n[elements.b]\ntype = \"Counter\"\n"));
  std::string names;
  for (const ElementNode& node : pipeline.elements) names += node.name + " ";
  CHECK(names == "wan.rx lan.rx a b lan.tx Discard@10 ");
  CHECK(edges_of(pipeline) ==
        std::vector<std::string>{"wan.rx -> b", "b -> a", "a -> lan.tx", "lan.rx -> Discard@10"});
}

TEST_CASE("the end of a port may be named as it is shown") {
  const Pipeline pipeline = check_accepted(two_ports("\"wan.rx -> Counter -> lan.tx\""));
  CHECK(edges_of(pipeline) == std::vector<std::string>{"wan.rx -> Counter@6", "Counter@6 -> lan.tx"});
  check_refused(two_ports("\"wan -> «lan.rx\""), "'lan.rx' (FromDevice) has no input");
}

TEST_CASE("rings are named by the ports of their edges") {
  const std::string cores = "[cores]\na = {}\nb = {}\n[elements.count]\ntype = \"Counter\"\ncore = \"b\"\n";
  const std::string paths = "\"wan -> count -> lan\"";
  for (const char* ring : {"\"wan -> count\"", "\"wan.rx -> count\""}) {
    const Pipeline pipeline =
        check_accepted(two_ports(paths, cores + "[rings]\n" + ring + " = { length = 2048 }\n"));
    REQUIRE(pipeline.rings.size() == 1);
    CHECK(pipeline.show(pipeline.edges[pipeline.rings[0].edge]) == "wan.rx -> count");
  }
  const Pipeline pipeline =
      check_accepted(two_ports(paths, cores + "[rings]\n\"count -> lan\" = { length = 2048 }\n"));
  CHECK(pipeline.show(pipeline.edges[pipeline.rings.at(0).edge]) == "count -> lan.tx");
}

TEST_CASE("a port in the middle of a path is refused, and two paths are advised") {
  check_refused(two_ports("\"wan -> «lan -> Discard\""),
                "'lan' stands in the middle of a path | write two paths: one ends with '-> lan'");
  check_refused(two_ports("\"wan -> «wan -> lan\""), "stands in the middle");
}

TEST_CASE("an element wins over a port of the same name, and that is said once") {
  const std::string element = "[elements.wan]\ntype = \"Counter\"\n";
  const Built built = build(two_ports("\"lan -> wan -> Discard\", \"wan -> Discard\"", element));
  CHECK_FALSE(built.pipeline.has_value());  // its one output is wired twice
  CHECK_THAT(built.text(), Catch::Contains("'wan' is an element and a port: here the element is meant"));

  // No end of a port has an output to choose.
  const Built chosen = build(two_ports("\"lan -> wan -> Discard\", \"wan[other] -> Discard\"",
                                       "[elements.wan]\ntype = \"Filter\"\nexpr = \"ip\"\n"));
  REQUIRE(chosen.pipeline.has_value());
  CHECK_THAT(chosen.text(), !Catch::Contains("'wan' is an element and a port"));

  // Who calls the element of a port like the port means the same by both.
  const Built same =
      build(two_ports("\"wan -> lan\"", "[elements.wan]\ntype = \"FromDevice\"\nport = \"wan\"\n"));
  REQUIRE(same.pipeline.has_value());
  CHECK(same.text().empty());
}

TEST_CASE("what is no name of an end is answered with the right next step") {
  check_refused(two_ports("\"«wam -> Counter -> lan\""), "there is no element 'wam' | did you mean 'wan'?");
  check_refused(two_ports("\"«FromDevice -> lan\""), "a port stands in a path by its own name");
}

TEST_CASE("a port that cannot do what its place asks for is refused there") {
  check_refused("[ports.p]\ndriver = \"probe\"\nreceives = false\n[graph]\npaths = [\"«p -> Discard\"]\n",
                "port 'p' (driver probe) cannot receive");
}
