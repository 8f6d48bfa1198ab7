#include <algorithm>
#include <utility>

#include "tools/ixyflow/views/drawing/layout.hpp"

// The second half of the layout: columns.
namespace ixyflow::tools {
namespace {

constexpr std::size_t kPitch = 2;  ///< of the columns of wires
constexpr std::size_t kLead = 2;   ///< of line in front of the first column, and behind the last one
constexpr std::size_t kArrow = 2;  ///< "> "

std::pair<std::size_t, std::size_t> span_of(const Wire& wire) {
  std::vector<std::size_t> rows = wire.left;
  rows.insert(rows.end(), wire.right.begin(), wire.right.end());
  const auto [low, high] = std::ranges::minmax(rows);
  return {low, high};
}

std::ptrdiff_t count_inside(const std::vector<std::size_t>& rows, std::pair<std::size_t, std::size_t> span) {
  return std::ranges::count_if(rows,
                               [span](std::size_t row) { return row > span.first && row < span.second; });
}

/// Crossings of the two where the column of `a` is to the left of that of `b`.
std::ptrdiff_t crossings(const Wire& a, const Wire& b) {
  return count_inside(a.right, span_of(b)) + count_inside(b.left, span_of(a));
}

}  // namespace

void BandLayout::add_wire(std::size_t index, std::size_t gap) {
  const Net& net = nets[index];
  Wire wire{.net = index, .left = {}, .right = {}, .column = {}};
  if (gap > 0)
    for (const auto& [row, other] : rows_behind(gap - 1))
      if (other == index) wire.left.push_back(row);
  const bool returns = !wire.left.empty() && net.layer < gap;
  if (gap < layers.size()) {
    for (const Block& block : layers[gap].blocks)
      for (std::size_t i = 0; i < block.heads.size(); ++i)
        if (block.heads[i].net == index) wire.right.push_back(block.row + i);
    for (const Pass& pass : layers[gap].passes)
      if (pass.net == index) wire.right.push_back(pass.row);
  }
  // The line below everything leads from the column behind a tail to the one in front of the head.
  if (returns) wire.left.push_back(*net.bottom);
  if (net.bottom && net.layer == gap) wire.right.push_back(*net.bottom);
  if (wire.left.empty() && wire.right.empty()) return;
  const auto [low, high] = span_of(wire);
  if (low != high) wire.column = 0;
  gaps[gap].wires.push_back(std::move(wire));
}

void BandLayout::make_wires() {
  gaps.resize(layers.size() + 1);
  for (std::size_t gap = 0; gap < gaps.size(); ++gap) {
    for (std::size_t net = 0; net < nets.size(); ++net) add_wire(net, gap);
    order_columns(gaps[gap]);
  }
}

/// Neighbours change places while that saves crossings.
void BandLayout::order_columns(Gap& gap) {
  std::vector<Wire*> order;
  for (Wire& wire : gap.wires)
    if (wire.column) order.push_back(&wire);
  for (std::size_t pass = 0; pass < order.size(); ++pass)
    for (std::size_t i = 0; i + 1 < order.size(); ++i)
      if (crossings(*order[i + 1], *order[i]) < crossings(*order[i], *order[i + 1]))
        std::swap(order[i], order[i + 1]);
  for (Wire* wire : order) wire->column = gap.columns++;
}

/// Gives tails their columns; returns that of the end of the layer, counted from its titles.
std::size_t BandLayout::measure(Layer& layer) {
  std::size_t text = 0;
  for (const Block& block : layer.blocks) text = std::max({text, block.title.size(), block.detail.size()});
  std::size_t end = text + 1;
  for (Block& block : layer.blocks)
    for (std::size_t i = 0; i < block.tails.size(); ++i) {
      Tail& tail = block.tails[i];
      const std::size_t beside = i == 0 ? block.title.size() : i == 1 ? block.detail.size() : 0;
      tail.begin = (tail.label.empty() && beside != 0 ? beside : text) + 1;
      tail.end = tail.begin + tail.label.size() + tail.body.size();
      end = std::max(end, tail.end);
    }
  return end;
}

void BandLayout::place_columns() {
  std::size_t x = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    Gap& gap = gaps[i];
    const std::size_t turns = gap.columns == 0 ? 0 : (gap.columns - 1) * kPitch + 1;
    const bool behind_all = i == layers.size();
    if (i > 0) x += gap.columns != 0 || !behind_all ? kLead : 0;
    for (Wire& wire : gap.wires)
      if (wire.column) wire.column = x + *wire.column * kPitch;
    x += turns;
    if (behind_all) break;
    if (i > 0 || turns != 0) x += turns != 0 ? kLead : 1;
    if (i > 0 || !gap.wires.empty()) x += kArrow;
    Layer& layer = layers[i];
    std::size_t heads = 0;
    for (const Block& block : layer.blocks)
      for (const Head& head : block.heads)
        if (!head.label.empty()) heads = std::max(heads, head.label.size() + 1);
    layer.begin = x;
    layer.text = x + heads;
    layer.end = layer.text + measure(layer);
    x = layer.end;
  }
  width_ = x;
}

}  // namespace ixyflow::tools
