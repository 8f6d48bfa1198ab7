#include "core/graph/planner/buffers.hpp"

#include "tests/graph/planner/plan_support.hpp"

namespace ixyflow::test {
namespace {

std::uint32_t headroom(const Graph& graph) {
  Diagnostics diagnostics;
  const BufferLayout layout = plan_buffers(graph.pipeline, diagnostics);
  CHECK(diagnostics.ok());
  CHECK(layout.data_room == graph.pipeline.settings.packet_size);
  return layout.headroom;
}

}  // namespace

TEST_CASE("headroom is what buffers have anyway, as long as the headers of every path fit") {
  Graph graph;
  graph.source("in");
  graph.step("a", {.headroom = 60});
  graph.step("b", {.headroom = 52});
  graph.path("in a b");
  CHECK(headroom(graph) == BufferLayout{}.headroom);
}

TEST_CASE("headroom grows with the headers of the longest path, not with those of all") {
  Graph graph;
  graph.source("in");
  graph.step("a", {.headroom = 100});
  graph.step("b", {.headroom = 100});
  graph.step("c", {.headroom = 100});
  graph.step("join");
  graph.path("in a join");
  graph.path("in b c join");
  CHECK(headroom(graph) == 256);  // 200, and what a port may want, in whole cache lines
}

TEST_CASE("A11: the headers of a cycle count once") {
  Graph graph;
  graph.source("in");
  graph.step("tunnel", {.headroom = 200});
  graph.step("route");
  graph.path("in route tunnel route");
  CHECK(headroom(graph) == 256);
}

TEST_CASE("A12: headers beyond all measure are refused, with the last one's name") {
  Graph graph;
  graph.source("in");
  graph.step("first", {.headroom = 2000});
  graph.step("second", {.headroom = 2100});
  graph.path("in first second");
  Diagnostics diagnostics;
  static_cast<void>(plan_buffers(graph.pipeline, diagnostics));
  CHECK_THAT(diagnostics.render(), Catch::Contains("element 'second'") && Catch::Contains("4100 bytes"));
}

}  // namespace ixyflow::test
