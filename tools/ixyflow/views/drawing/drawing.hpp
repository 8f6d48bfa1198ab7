#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/values/value.hpp"
#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"

namespace ixyflow::tools {

/// A pipeline as it is drawn: names only, so that every drawing shows the same.
struct Drawing {
  struct Node {
    std::string name;    ///< of the element, as in the file
    std::string title;   ///< the name, or the type of an unnamed element
    std::string detail;  ///< type, port, core, number of copies: the second line
    std::string core;    ///< empty when everything runs on one core
  };
  struct Edge {
    std::size_t from = 0;
    std::size_t to = 0;
    std::string output;       ///< name of the output where there are several, else empty
    std::string input;        ///< likewise
    std::size_t ring = 0;     ///< length in packets; 0: no ring
    std::size_t strands = 0;  ///< rings that it has, one per pair of cores
    bool drops = false;       ///< a ring that drops when it is full
  };
  std::string name;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<std::string> cores;  ///< in the order of the plan; empty when there is one
};

/// `plan` may be null: then neither cores nor rings are drawn.
Drawing make_drawing(const Pipeline& pipeline, const Plan* plan);

/// From left to right in layers, in ASCII: `-->` an edge, `==>` a ring. Edges that lead back are listed
/// below.
std::string draw_ascii(const Drawing& drawing);
/// In the language of graphviz, a cluster for every core.
std::string draw_dot(const Drawing& drawing);
Value drawing_json(const Drawing& drawing);

}  // namespace ixyflow::tools
