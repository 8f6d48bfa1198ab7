#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/values/value.hpp"
#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"
#include "tools/ixyflow/terminal/style.hpp"

namespace ixyflow::tools {

/// A pipeline as it is drawn: names only, so that every drawing shows the same.
struct Drawing {
  struct Node {
    std::string name;    ///< of the element, as in the file
    std::string title;   ///< the name, or the type of an unnamed element that is the only one of its type
    std::string detail;  ///< type, port, core, number of copies: the second line
    std::string core;    ///< empty when everything runs on one core
    std::string type;
  };
  /// What leaves an element by one output.
  struct Edge {
    std::size_t from = 0;
    std::size_t to = 0;
    std::string output;             ///< name of the output where there are several, else empty
    std::string input;              ///< likewise
    std::size_t ring = 0;           ///< length in packets; 0: no ring
    std::size_t strands = 0;        ///< rings that it has, one per pair of cores
    bool drops = false;             ///< a ring that drops when it is full
    std::size_t output_number = 0;  ///< in which outputs of an element stand below each other
    std::size_t input_number = 0;
  };
  /// An output that is not connected: what leaves by it is dropped.
  struct Drop {
    std::size_t from = 0;
    std::string output;
    std::size_t output_number = 0;
  };
  std::string name;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<std::string> cores;  ///< in the order of the plan; empty when there is one
  std::vector<Drop> drops;

  /// Which of `cores` a node runs on; their number when that is not known.
  [[nodiscard]] std::size_t core_of(const Node& node) const;
};

/// `plan` may be null: then neither cores nor rings are drawn.
Drawing make_drawing(const Pipeline& pipeline, const Plan* plan);

/// From left to right in layers, in ASCII: `-->` an edge, `==>` a ring, `--x` an output that is not
/// connected. What does not fit beside each other goes on below.
std::string draw_ascii(const Drawing& drawing, Look look);
/// In the language of graphviz: a cluster for every core, and the colours of `svg_with_style` as classes.
std::string draw_dot(const Drawing& drawing);
/// The picture that graphviz made of `draw_dot`, with colours for bright and dark backgrounds.
std::string svg_with_style(std::string svg);
/// As a flowchart of Mermaid, which GitHub and others show in Markdown.
std::string draw_mermaid(const Drawing& drawing);
Value drawing_json(const Drawing& drawing);

}  // namespace ixyflow::tools
