#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/views/drawing/drawing.hpp"
#include "tools/ixyflow/views/drawing/hues.hpp"

// Names of inputs and outputs stand in cells of their elements, from which lines begin: so no line can run
// through them.
namespace ixyflow::tools {
namespace {

/// `text` as it may stand between the quotes of graphviz.
std::string dot_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

/// The same in a label between angle brackets.
std::string dot_html(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

/// Inputs or outputs of a node that have names, by number.
using Cells = std::map<std::size_t, std::string>;

std::string cells_html(const Cells& cells, char side) {
  if (cells.empty()) return "";
  std::string rows;
  for (const auto& [number, name] : cells)
    rows += fmt::format(R"(<tr><td port="{}{}" align="{}"><font point-size="10">{}</font></td></tr>)", side,
                        number, side == 'i' ? "left" : "right", name.empty() ? "&nbsp;" : dot_html(name));
  return fmt::format(
      R"(<td><table border="0" cellborder="0" cellspacing="0" cellpadding="2">{}</table></td>)", rows);
}

class DotWriter {
 public:
  explicit DotWriter(const Drawing& drawing)
      : drawing_(drawing), inputs_(drawing.nodes.size()), outputs_(drawing.nodes.size()) {
    for (const auto& edge : drawing.edges) {
      outputs_[edge.from][edge.output_number] = edge.output;
      inputs_[edge.to][edge.input_number] = edge.input;
    }
    for (const auto& drop : drawing.drops) outputs_[drop.from][drop.output_number] = drop.output;
    for (auto* sides : {&inputs_, &outputs_})
      for (Cells& cells : *sides)
        if (std::ranges::all_of(cells, [](const auto& cell) { return cell.second.empty(); })) cells.clear();
  }

  std::string text() {
    text_ = fmt::format(
        "digraph {} {{\n  rankdir=LR;\n  ranksep=0.6;\n  bgcolor=\"white\";\n"
        "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=12, fontcolor=\"{}\", "
        "fillcolor=\"{}\", color=\"{}\", margin=\"0.02,0.02\"];\n"
        "  edge [fontname=\"sans-serif\", fontsize=10, fontcolor=\"{}\", color=\"{}\", arrowsize=0.7];\n",
        dot_quoted(drawing_.name), kInk, kPlainHue.fill, kPlainHue.line, kInk, kInk);
    for (std::size_t core = 0; core < drawing_.cores.size(); ++core) add_core(core);
    for (std::size_t i = 0; i < drawing_.nodes.size(); ++i)
      if (drawing_.nodes[i].core.empty()) text_ += "  " + node(i);
    for (const auto& edge : drawing_.edges) add_edge(edge);
    for (std::size_t i = 0; i < drawing_.drops.size(); ++i) add_drop(i);
    return text_ + "}\n";
  }

 private:
  void add_core(std::size_t core) {
    const Hue& hue = kHues[core % kHues.size()];
    text_ += fmt::format(
        "  subgraph cluster_{} {{\n    label={};\n    class=\"core{}\";\n    style=\"rounded,dashed\";\n"
        "    color=\"{}\";\n    fontcolor=\"{}\";\n    fontname=\"sans-serif\";\n    fontsize=11;\n",
        core, dot_quoted("core " + drawing_.cores[core]), core % kHues.size(), hue.line, hue.line);
    for (std::size_t i = 0; i < drawing_.nodes.size(); ++i)
      if (drawing_.nodes[i].core == drawing_.cores[core]) text_ += "    " + node(i);
    text_ += "  }\n";
  }

  [[nodiscard]] std::string node(std::size_t index) const {
    const Drawing::Node& node = drawing_.nodes[index];
    std::string attributes;
    if (!node.core.empty()) {
      const std::size_t number = drawing_.core_of(node) % kHues.size();
      attributes = fmt::format(" class=\"core{}\", fillcolor=\"{}\", color=\"{}\",", number,
                               kHues[number].fill, kHues[number].line);
    }
    const std::string detail =
        node.detail.empty() ? ""
                            : fmt::format(R"(<br/><font point-size="10">{}</font>)", dot_html(node.detail));
    return fmt::format(
        "n{} [{} label=<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"0\"><tr>{}<td cellpadding=\"5\">{}{}</td>{}"
        "</tr></table>>];\n",
        index, attributes, cells_html(inputs_[index], 'i'), dot_html(node.title), detail,
        cells_html(outputs_[index], 'o'));
  }

  /// An end of a line: the cell of the input or output, where it has one.
  [[nodiscard]] static std::string end(std::size_t node, const Cells& cells, char side, std::size_t number) {
    if (cells.empty()) return fmt::format("n{}", node);
    return fmt::format("n{}:{}{}:{}", node, side, number, side == 'i' ? 'w' : 'e');
  }

  void add_edge(const Drawing::Edge& edge) {
    std::string attributes;
    if (edge.ring != 0)
      attributes = fmt::format(" [penwidth=2.5, label=\" {}ring {}{} \"]",
                               edge.strands > 1 ? fmt::format("{} x ", edge.strands) : "", edge.ring,
                               edge.drops ? ", drops" : "");
    text_ += fmt::format("  {} -> {}{};\n", end(edge.from, outputs_[edge.from], 'o', edge.output_number),
                         end(edge.to, inputs_[edge.to], 'i', edge.input_number), attributes);
  }

  void add_drop(std::size_t index) {
    const Drawing::Drop& drop = drawing_.drops[index];
    text_ += fmt::format(
        "  d{} [class=\"drop\", shape=plain, style=\"\", fontsize=10, fontcolor=\"{}\", label=\"dropped\"];\n"
        "  {} -> d{} [class=\"drop\", style=dashed, color=\"{}\"];\n",
        index, kDropInk, end(drop.from, outputs_[drop.from], 'o', drop.output_number), index, kDropInk);
  }

  const Drawing& drawing_;
  std::vector<Cells> inputs_;   ///< by node; empty where no input has a name
  std::vector<Cells> outputs_;  ///< likewise
  std::string text_;
};

/// What changes on a dark background.
std::string dark_style() {
  std::string text = fmt::format(
      "<style>\n@media (prefers-color-scheme: dark) {{\n  .graph > polygon {{ fill: {}; }}\n  text {{ fill: {}; }}\n"
      "  .cluster path {{ fill: transparent; }}\n  .node path, .node polygon {{ fill: {}; stroke: {}; }}\n"
      "  .edge path {{ stroke: {}; }}\n  .edge polygon {{ fill: {}; stroke: {}; }}\n",
      kDarkPaper, kDarkInk, kPlainHue.dark_fill, kPlainHue.dark_line, kDarkInk, kDarkInk, kDarkInk);
  for (std::size_t i = 0; i < kHues.size(); ++i)
    text += fmt::format(
        "  .node.core{0} path, .node.core{0} polygon {{ fill: {1}; stroke: {2}; }}\n"
        "  .cluster.core{0} path {{ stroke: {2}; }}\n  .cluster.core{0} text {{ fill: {2}; }}\n",
        i, kHues[i].dark_fill, kHues[i].dark_line);
  return text + fmt::format(
                    "  .drop text {{ fill: {0}; }}\n  .edge.drop path {{ stroke: {0}; }}\n"
                    "  .edge.drop polygon {{ fill: {0}; stroke: {0}; }}\n}}\n</style>\n",
                    kDarkDropInk);
}

}  // namespace

std::string draw_dot(const Drawing& drawing) {
  return DotWriter(drawing).text();
}

std::string svg_with_style(std::string svg) {
  const std::size_t element = svg.find("<svg");
  const std::size_t end = element == std::string::npos ? element : svg.find('>', element);
  if (end == std::string::npos) return svg;
  return svg.insert(end + 1, "\n" + dark_style());
}

}  // namespace ixyflow::tools
