#include "tools/ixyflow/views/drawing/drawing.hpp"

#include <catch2/catch.hpp>

namespace ixyflow::tools {
namespace {

Drawing::Node node(const std::string& name) {
  return {name, name, "", ""};
}
Drawing::Edge edge(std::size_t from, std::size_t to, const std::string& output = "", std::size_t ring = 0) {
  return {from, to, output, "", ring, false};
}

TEST_CASE("a chain is one line") {
  const Drawing chain{"x", {node("a"), node("b"), node("c")}, {edge(0, 1), edge(1, 2)}, {}};
  CHECK(draw_ascii(chain) == "a ---> b ---> c\n");
}

TEST_CASE("a split shows its outputs and the parts meet again") {
  const Drawing diamond{"x",
                        {node("a"), node("b"), node("c"), node("d")},
                        {edge(0, 1), edge(0, 2, "other"), edge(1, 3), edge(2, 3)},
                        {}};
  CHECK(draw_ascii(diamond) ==
        "a --+--------> b --+--> d\n"
        "    |              |\n"
        "    |              |\n"
        "    +-other--> c --+\n");
}

TEST_CASE("a ring is a double line with its length") {
  const Drawing ring{"x", {node("a"), node("b")}, {edge(0, 1, "", 512)}, {}};
  CHECK(draw_ascii(ring) ==
        "a ====512==> b\n"
        "\n"
        "==> is a ring, with its length in packets\n");
}

TEST_CASE("an edge that leads back is listed below") {
  const Drawing cycle{
      "x", {node("a"), node("b"), node("c")}, {edge(0, 1), edge(1, 2), edge(2, 1, "again")}, {}};
  CHECK(draw_ascii(cycle) ==
        "a ---> b ---> c\n"
        "\n"
        "back: c[again] --> b\n");
}

TEST_CASE("names cannot leave the quotes of graphviz") {
  const Drawing odd{"a\"]; b", {{"n", "n\"\\", "", ""}}, {}, {}};
  const std::string text = draw_dot(odd);
  CHECK(text.find("digraph \"a\\\"]; b\"") != std::string::npos);
  CHECK(text.find("label=\"n\\\"\\\\\"") != std::string::npos);
}

}  // namespace
}  // namespace ixyflow::tools
