#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/views/drawing/drawing.hpp"
#include "tools/ixyflow/views/drawing/hues.hpp"

namespace ixyflow::tools {
namespace {

/// `text` in quotes. Entities are written with # there (mermaid.js.org, "Entity codes to escape characters").
std::string mermaid_quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : printable(text)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == ' ' || c == '_' || c == '.' || c == ',' || c == '@' || c == '-' || c == ':' ||
                       (c & 0x80) != 0;
    result += plain ? std::string(1, c) : fmt::format("#{};", static_cast<int>(c));
  }
  return result + '"';
}

std::string mermaid_node(std::size_t index, const Drawing::Node& node) {
  std::string text = mermaid_quoted(node.title);
  if (!node.detail.empty()) {
    text.pop_back();
    text += "<br/>" + mermaid_quoted(node.detail).substr(1);
  }
  return fmt::format("n{}[{}]\n", index, text);
}

std::string mermaid_edge(const Drawing::Edge& edge) {
  std::string label = edge.output;
  if (!edge.input.empty()) label += (label.empty() ? "" : " ") + fmt::format("to {}", edge.input);
  if (edge.ring != 0)
    label += fmt::format("{}{}ring {}{}", label.empty() ? "" : ", ",
                         edge.strands > 1 ? fmt::format("{} x ", edge.strands) : "", edge.ring,
                         edge.drops ? ", drops" : "");
  return fmt::format("  n{} {}{} n{}\n", edge.from, edge.ring != 0 ? "==>" : "-->",
                     label.empty() ? "" : "|" + mermaid_quoted(label) + "|", edge.to);
}

std::string mermaid_core(const Drawing& drawing, std::size_t core) {
  std::string text =
      fmt::format("  subgraph core{}[{}]\n", core, mermaid_quoted("core " + drawing.cores[core]));
  std::vector<std::string> members;
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    if (drawing.nodes[i].core != drawing.cores[core]) continue;
    text += "    " + mermaid_node(i, drawing.nodes[i]);
    members.push_back(fmt::format("n{}", i));
  }
  text += "  end\n";
  if (members.empty()) return text;
  const Hue& hue = kHues[core % kHues.size()];
  return text + fmt::format("  classDef on{0} fill:{1},stroke:{2},color:{3}\n  class {4} on{0}\n", core,
                            hue.fill, hue.line, kInk, fmt::join(members, ","));
}

}  // namespace

std::string draw_mermaid(const Drawing& drawing) {
  std::string text = "flowchart LR\n";
  for (std::size_t core = 0; core < drawing.cores.size(); ++core) text += mermaid_core(drawing, core);
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i)
    if (drawing.nodes[i].core.empty()) text += "  " + mermaid_node(i, drawing.nodes[i]);
  for (const auto& edge : drawing.edges) text += mermaid_edge(edge);
  for (std::size_t i = 0; i < drawing.drops.size(); ++i) {
    const Drawing::Drop& drop = drawing.drops[i];
    text += fmt::format("  d{}([dropped])\n  n{} -.->{} d{}\n", i, drop.from,
                        drop.output.empty() ? "" : "|" + mermaid_quoted(drop.output) + "|", i);
  }
  return text;
}

}  // namespace ixyflow::tools
