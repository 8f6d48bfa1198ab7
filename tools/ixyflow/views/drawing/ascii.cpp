#include <fmt/format.h>

#include <algorithm>

#include "tools/ixyflow/views/drawing/canvas.hpp"
#include "tools/ixyflow/views/drawing/drawing.hpp"
#include "tools/ixyflow/views/drawing/layers.hpp"
#include "tools/ixyflow/views/drawing/layout.hpp"

namespace ixyflow::tools {
namespace {

/// Puts a layout on a canvas.
class Painter {
 public:
  explicit Painter(const BandLayout& layout) : layout_(layout) {}

  std::string paint(bool colour) {
    draw_horizontal();
    draw_vertical();
    for (const Layer& layer : layout_.layers)
      for (const Block& block : layer.blocks) draw_block(layer, block);
    return canvas_.text(colour);
  }

 private:
  [[nodiscard]] const Gap& gap_behind(std::size_t layer) const { return layout_.gaps[layer + 1]; }

  /// Where the line of a net that comes from the left of a gap ends: at its column, or in front of the next
  /// layer.
  [[nodiscard]] std::size_t end_of_line(std::size_t gap, std::size_t net) const {
    const auto wire = std::ranges::find(layout_.gaps[gap].wires, net, &Wire::net);
    return wire->column ? *wire->column : layout_.layers[gap].begin;
  }

  void draw_horizontal() {
    for (std::size_t i = 0; i < layout_.layers.size(); ++i) {
      const Layer& layer = layout_.layers[i];
      for (const Pass& pass : layer.passes)
        canvas_.horizontal(layer.begin, end_of_line(i + 1, pass.net), pass.row, layout_.nets[pass.net].line);
      for (const Block& block : layer.blocks)
        for (std::size_t t = 0; t < block.tails.size(); ++t)
          if (const Tail& tail = block.tails[t]; tail.net)
            canvas_.horizontal(layer.text + tail.end, end_of_line(i + 1, *tail.net), block.row + t,
                               tail.line);
      for (const Wire& wire : layout_.gaps[i].wires)
        if (wire.column)
          for (const std::size_t row : wire.right)
            if (row != layout_.nets[wire.net].bottom)
              canvas_.horizontal(*wire.column, layer.begin, row, layout_.nets[wire.net].line);
    }
    for (std::size_t net = 0; net < layout_.nets.size(); ++net)
      if (layout_.nets[net].bottom) draw_bottom(net);
  }

  void draw_bottom(std::size_t net) {
    const std::size_t row = *layout_.nets[net].bottom;
    std::size_t from = 0;
    std::size_t to = 0;
    for (std::size_t gap = layout_.nets[net].layer; gap < layout_.gaps.size(); ++gap)
      for (const Wire& wire : layout_.gaps[gap].wires)
        if (wire.net == net && wire.column) {
          if (gap == layout_.nets[net].layer) from = *wire.column;
          to = *wire.column;
        }
    canvas_.horizontal(from, to, row, layout_.nets[net].line);
    canvas_.put((from + to) / 2, row, "<");
  }

  void draw_vertical() {
    for (const Gap& gap : layout_.gaps)
      for (const Wire& wire : gap.wires) {
        if (!wire.column) continue;
        std::vector<std::size_t> rows = wire.left;
        rows.insert(rows.end(), wire.right.begin(), wire.right.end());
        const auto [low, high] = std::ranges::minmax(rows);
        canvas_.vertical(*wire.column, low, high);
      }
    for (const Gap& gap : layout_.gaps)
      for (const Wire& wire : gap.wires) {
        if (!wire.column) continue;
        for (const auto* rows : {&wire.left, &wire.right})
          for (const std::size_t row : *rows) canvas_.put(*wire.column, row, "+");
      }
  }

  void draw_block(const Layer& layer, const Block& block) {
    const Drawing& drawing = layout_.drawing();
    const std::size_t core = drawing.core_of(drawing.nodes[block.node]);
    const std::size_t group = core < drawing.cores.size() ? core : Canvas::kPlain;
    for (std::size_t i = 0; i < block.heads.size(); ++i) {
      canvas_.put(layer.begin - 2, block.row + i, "> ");
      canvas_.put(layer.begin, block.row + i, block.heads[i].label);
    }
    canvas_.put(layer.text, block.row, block.title, group);
    canvas_.put(layer.text, block.row + 1, block.detail, group);
    for (std::size_t i = 0; i < block.tails.size(); ++i)
      canvas_.put(layer.text + block.tails[i].begin, block.row + i,
                  block.tails[i].label + block.tails[i].body);
  }

  const BandLayout& layout_;
  Canvas canvas_;
};

/// The layers from `first` on that fit beside each other, at least one, with its details cut if need be.
BandLayout widest_band(const Drawing& drawing, const std::vector<std::size_t>& layers, std::size_t first,
                       std::size_t count, std::size_t columns) {
  constexpr std::size_t kUncut = 1000;
  constexpr std::size_t kNarrowestDetail = 10;
  std::size_t last = first + 1;
  while (last < count && BandLayout(drawing, layers, first, last + 1, kUncut).width() <= columns) ++last;
  BandLayout band(drawing, layers, first, last, kUncut);
  if (band.width() <= columns) return band;
  const std::size_t excess = band.width() - columns;
  const std::size_t detail = band.detail_width();
  return {drawing, layers, first, last, std::max(kNarrowestDetail, detail - std::min(detail, excess))};
}

/// What the signs mean that were used.
std::string legend(const Drawing& drawing, bool bands) {
  std::string text;
  if (std::ranges::any_of(drawing.edges, [](const auto& edge) { return edge.ring != 0; }))
    text += "==> is a ring, with its length in packets\n";
  if (!drawing.drops.empty()) text += "--x is an output that is not connected: it drops\n";
  if (bands) text += "--> (NAME) goes on at NAME in another band\n";
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string draw_ascii(const Drawing& drawing, Look look) {
  if (drawing.nodes.empty()) return "";
  constexpr std::size_t kUncut = 1000;
  const std::vector<std::size_t> layers = layers_of(drawing);
  const std::size_t count = std::ranges::max(layers) + 1;
  if (const BandLayout whole(drawing, layers, 0, count, kUncut); whole.width() <= look.columns || count == 1)
    return Painter(whole).paint(look.colour) + legend(drawing, false);
  std::string text;
  for (std::size_t first = 0; first < count;) {
    const BandLayout band = widest_band(drawing, layers, first, count, look.columns);
    text += (first == 0 ? "" : "...\n") + Painter(band).paint(look.colour);
    first += band.layers.size();
  }
  return text + legend(drawing, true);
}

}  // namespace ixyflow::tools
