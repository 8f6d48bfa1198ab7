#include "tools/ixyflow/views/drawing/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <sstream>

#include "core/graph/planner/make_plan.hpp"
#include "tests/support/frames.hpp"
#include "tests/tools/views/drawing_reader.hpp"
#include "tools/ixyflow/pipeline/imagined_machine.hpp"
#include "tools/ixyflow/pipeline/read_pipeline.hpp"

namespace ixyflow::tools {
namespace {

Drawing::Node node(const std::string& name, const std::string& detail = "") {
  return {name, name, detail, "", "Type"};
}
Drawing::Edge edge(std::size_t from, std::size_t to, const std::string& output = "", std::size_t ring = 0) {
  Drawing::Edge edge;
  edge.from = from;
  edge.to = to;
  edge.output = output;
  edge.output_number = output.empty() ? 0 : 1;
  edge.ring = ring;
  return edge;
}
Drawing drawing_of(std::vector<Drawing::Node> nodes, std::vector<Drawing::Edge> edges) {
  return {"x", std::move(nodes), std::move(edges), {}, {}};
}

/// What the drawing says is what it was made of, at any width.
void check_readable(const Drawing& drawing, std::size_t columns) {
  const std::string text = draw_ascii(drawing, {.colour = false, .columns = columns});
  const auto expected = test::expected_of(drawing);
  const auto got = test::read_drawing(text, expected.titles);
  INFO(text);
  CHECK(got.mistakes == std::vector<std::string>());
  CHECK(got.titles == expected.titles);
  CHECK(got.edges == expected.edges);
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

TEST_CASE("a chain is one line") {
  const Drawing chain = drawing_of({node("a"), node("b"), node("c")}, {edge(0, 1), edge(1, 2)});
  CHECK(draw_ascii(chain, {}) == "a ---> b ---> c\n");
}

TEST_CASE("a chain that is too long goes on below") {
  const Drawing chain =
      drawing_of({node("a"), node("b"), node("c"), node("d")}, {edge(0, 1), edge(1, 2), edge(2, 3)});
  CHECK(draw_ascii(chain, {.colour = false, .columns = 18}) ==
        "a ---> b ---> (c)\n"
        "...\n"
        "> c ---> d\n"
        "\n"
        "--> (NAME) goes on at NAME in another band\n");
}

TEST_CASE("a split shows its outputs and the parts meet again") {
  const Drawing diamond = drawing_of({node("a"), node("b"), node("c"), node("d")},
                                     {edge(0, 1), edge(0, 2, "other"), edge(1, 3), edge(2, 3)});
  CHECK(draw_ascii(diamond, {}) ==
        "a ----------> b --+--> d\n"
        "  [other]---> c --+\n");
}

TEST_CASE("a ring is a double line with its length") {
  CHECK(draw_ascii(drawing_of({node("a"), node("b")}, {edge(0, 1, "", 512)}), {}) ==
        "a ==512===> b\n"
        "\n"
        "==> is a ring, with its length in packets\n");
}

TEST_CASE("an edge that leads back goes below everything") {
  const Drawing cycle =
      drawing_of({node("a"), node("b"), node("c")}, {edge(0, 1), edge(1, 2), edge(2, 1, "again")});
  CHECK(draw_ascii(cycle, {}) ==
        "a --+--> b ---> c [again]--+\n"
        "    |                      |\n"
        "    +----------<-----------+\n");
}

TEST_CASE("an output that is not connected drops") {
  Drawing drawing = drawing_of({node("a"), node("b")}, {edge(0, 1)});
  drawing.drops.push_back({0, "bad", 1});
  CHECK(draw_ascii(drawing, {}) ==
        "a -----------> b\n"
        "  [bad]--x\n"
        "\n"
        "--x is an output that is not connected: it drops\n");
}

TEST_CASE("elements have the colour of their core, and lines have none") {
  Drawing drawing = drawing_of({node("a"), node("b")}, {edge(0, 1)});
  drawing.cores = {"io", "work"};
  drawing.nodes[0].core = "io";
  drawing.nodes[1].core = "work";
  CHECK(draw_ascii(drawing, {.colour = true}) == "\x1b[36ma\x1b[0m ---> \x1b[35mb\x1b[0m\n");
  CHECK(draw_ascii(drawing, {.colour = false}) == "a ---> b\n");
}

TEST_CASE("drawings of all examples can be read back, and fit into 80 columns") {
  std::size_t examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path() / "pipelines")) {
    if (entry.path().extension() != ".toml") continue;
    ++examples;
    const Reading reading = read_pipeline({.files = {entry.path()}, .line = {}}, {});
    REQUIRE(reading.pipeline);
    Diagnostics diagnostics;
    const auto plan = make_plan(*reading.pipeline, imagined_machine(*reading.pipeline),
                                {.oversubscribe = true}, diagnostics);
    const Drawing drawing = make_drawing(*reading.pipeline, plan ? &*plan : nullptr);
    CHECK(drawing.edges.size() == reading.pipeline->edges.size());
    for (const std::size_t columns : {60U, 80U, 120U, 1000U}) check_readable(drawing, columns);
    INFO(entry.path());
    CHECK(widest_line(draw_ascii(drawing, {.colour = false, .columns = 80})) <= 80);
  }
  CHECK(examples > 10);
}

class RandomDrawing {
 public:
  explicit RandomDrawing(unsigned seed) : random_(seed) {}

  Drawing make() {
    Drawing drawing = drawing_of({}, {});
    const std::size_t count = 1 + below(14);
    for (std::size_t i = 0; i < count; ++i) {
      std::string name = fmt::format("n{}_", i) + std::string(below(5) == 0 ? 10 + below(25) : below(6), 'a');
      drawing.nodes.push_back(node(name, below(3) == 0 ? "" : fmt::format("Type{} port{}", i, below(20))));
      inputs_.push_back(below(4) == 0 ? 2 + below(3) : 1);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t outputs = below(6) == 0 ? below(9) : below(4);
      for (std::size_t output = 0; output < outputs; ++output) add_output(drawing, i, output, outputs);
    }
    std::ranges::shuffle(drawing.edges, random_);
    return drawing;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void add_output(Drawing& drawing, std::size_t from, std::size_t output, std::size_t outputs) {
    const std::string name = outputs == 1 || (output == 0 && below(2) == 0) ? "" : fmt::format("o{}", output);
    if (below(6) == 0) return drawing.drops.push_back({from, name, output});
    // Mostly forwards, as people draw; else anywhere, itself included.
    const std::size_t left = drawing.nodes.size() - from;
    const std::size_t to =
        below(4) != 0 ? from + std::min(left - 1, 1 + below(3)) : below(drawing.nodes.size());
    Drawing::Edge made = edge(from, to, name, below(5) == 0 ? 16U << below(8) : 0);
    made.output_number = output;
    made.input_number = below(inputs_[to]);
    if (inputs_[to] > 1) made.input = std::to_string(made.input_number);
    drawing.edges.push_back(made);
  }

  std::mt19937 random_;
  std::vector<std::size_t> inputs_;
};

TEST_CASE("drawings of random graphs can be read back: cycles, loops, many inputs, outputs and long names") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Drawing drawing = RandomDrawing(seed).make();
    INFO("seed " << seed);
    for (const std::size_t columns : {40U, 80U, 10000U}) check_readable(drawing, columns);
  }
}

TEST_CASE("a long chain is drawn without a stack or a square of time") {
  Drawing chain = drawing_of({}, {});
  for (std::size_t i = 0; i < 2000; ++i) chain.nodes.push_back(node(fmt::format("n{}", i)));
  for (std::size_t i = 0; i + 1 < 2000; ++i) chain.edges.push_back(edge(i, i + 1));
  const std::string text = draw_ascii(chain, {.colour = false, .columns = 80});
  CHECK(text.find("n1999") != std::string::npos);
  CHECK(widest_line(text) <= 80);
}

TEST_CASE("names cannot leave the quotes of graphviz and Mermaid") {
  const Drawing odd{"a\"]; b", {{"n", "n\"\\<", "", "", ""}}, {}, {}, {}};
  const std::string text = draw_dot(odd);
  CHECK(text.find("digraph \"a\\\"]; b\"") != std::string::npos);
  CHECK(text.find("<td cellpadding=\"5\">n&quot;\\&lt;</td>") != std::string::npos);
  CHECK(draw_mermaid(odd).find("n0[\"n#34;#92;#60;\"]") != std::string::npos);
}

TEST_CASE("Mermaid gets cores as subgraphs, rings as thick lines and drops as dotted ones") {
  Drawing drawing = drawing_of({node("a", "Tee"), node("b")}, {edge(0, 1, "", 512)});
  drawing.cores = {"io", "work"};
  drawing.nodes[0].core = "io";
  drawing.nodes[1].core = "work";
  drawing.drops.push_back({0, "1", 1});
  const std::string text = draw_mermaid(drawing);
  CHECK(text.starts_with("flowchart LR\n  subgraph core0[\"core io\"]\n    n0[\"a<br/>Tee\"]\n  end\n"));
  CHECK(text.find("  n0 ==>|\"ring 512\"| n1\n") != std::string::npos);
  CHECK(text.find("  n0 -.->|\"1\"| d0\n") != std::string::npos);
}

TEST_CASE("a picture gets the colours of dark backgrounds behind its first tag") {
  const std::string svg = svg_with_style("<?xml?>\n<svg width=\"1\">\n<g/></svg>");
  CHECK(svg.starts_with("<?xml?>\n<svg width=\"1\">\n<style>\n@media (prefers-color-scheme: dark)"));
  CHECK(svg.ends_with("<g/></svg>"));
}

}  // namespace
}  // namespace ixyflow::tools
