#include "tools/ixyflow/views/drawing/layout.hpp"

#include <algorithm>
#include <limits>

#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::size_t kLast = std::numeric_limits<std::size_t>::max();

std::string in_brackets(const std::string& name) {
  return name.empty() ? "" : "[" + name + "]";
}

/// What is put into the rows of a layer: a block, or a net that passes.
struct Item {
  std::size_t wanted = kLast;  ///< row: that of the first line which leads there
  Block* block = nullptr;
  std::size_t net = 0;  ///< without a block
};

/// Whether the item, in `row`, is in the way of nets that have their rows already.
bool collides(const Item& item, std::size_t row, const std::map<std::size_t, std::size_t>& taken) {
  const auto by_other = [&taken](std::size_t r, std::size_t net) {
    const auto found = taken.find(r);
    return found != taken.end() && found->second != net;
  };
  if (item.block == nullptr) return by_other(row, item.net);
  for (std::size_t i = 0; i < item.block->heads.size(); ++i)
    if (by_other(row + i, item.block->heads[i].net)) return true;
  return false;
}

/// Where lines come from that lead to `item`.
std::size_t wanted_row(const Item& item, const std::map<std::size_t, std::size_t>& taken) {
  for (const auto& [row, net] : taken) {
    if (item.block == nullptr && net == item.net) return row;
    if (item.block == nullptr) continue;
    for (std::size_t i = 0; i < item.block->heads.size(); ++i)
      if (item.block->heads[i].net == net) return row < i ? 0 : row - i;
  }
  return kLast;
}

}  // namespace

std::size_t Block::height() const noexcept {
  return std::max({heads.size(), tails.size(), detail.empty() ? std::size_t{1} : std::size_t{2}});
}

bool Net::passes(std::size_t other) const noexcept {
  return other < layer && std::ranges::any_of(from, [other](std::size_t f) { return f < other; });
}

BandLayout::BandLayout(const Drawing& drawing, const std::vector<std::size_t>& layer_of, std::size_t first,
                       std::size_t last, std::size_t detail_width)
    : drawing_(drawing), layer_of_(layer_of), first_(first), last_(last) {
  make_nets();
  make_blocks(detail_width);
  place_rows();
  place_bottoms();
  make_wires();
  place_columns();
}

std::size_t BandLayout::detail_width() const noexcept {
  std::size_t width = 0;
  for (const Layer& layer : layers)
    for (const Block& block : layer.blocks) width = std::max(width, block.detail.size());
  return width;
}

void BandLayout::make_nets() {
  for (const auto& edge : drawing_.edges) {
    if (!in_band(edge.to)) continue;
    const auto [entry, fresh] = net_of_.try_emplace({edge.to, edge.input_number}, nets.size());
    if (fresh)
      nets.push_back({edge.to, in_brackets(edge.input), edge.input_number, layer_of(edge.to), '=', {}, {}});
    Net& net = nets[entry->second];
    if (edge.ring == 0) net.line = '-';
    if (in_band(edge.from)) net.from.push_back(layer_of(edge.from));
  }
}

Tail BandLayout::make_tail(const Drawing::Edge& edge) const {
  Tail tail;
  tail.number = edge.output_number;
  tail.label = in_brackets(edge.output);
  tail.line = edge.ring != 0 ? '=' : '-';
  if (edge.ring != 0) tail.body = "==" + std::to_string(edge.ring);
  if (in_band(edge.to))
    tail.net = net_of_.at({edge.to, edge.input_number});
  else
    tail.body += std::string(edge.ring != 0 ? 2 : 3, tail.line) + "> (" + in_brackets(edge.input) +
                 drawing_.nodes[edge.to].title + ")";
  return tail;
}

void BandLayout::make_blocks(std::size_t detail_width) {
  layers.resize(last_ - first_);
  std::vector<std::size_t> place(drawing_.nodes.size());  // by node: in its layer
  const auto block_of = [&](std::size_t node) -> Block& {
    return layers[layer_of(node)].blocks[place[node]];
  };
  for (std::size_t i = 0; i < drawing_.nodes.size(); ++i) {
    if (!in_band(i)) continue;
    auto& blocks = layers[layer_of(i)].blocks;
    place[i] = blocks.size();
    Block& block = blocks.emplace_back();
    block.node = i;
    block.title = drawing_.nodes[i].title;
    block.detail = shortened(drawing_.nodes[i].detail, detail_width);
  }
  for (std::size_t i = 0; i < nets.size(); ++i)
    block_of(nets[i].to).heads.push_back({nets[i].number, nets[i].label, i});
  for (const auto& edge : drawing_.edges)
    if (in_band(edge.from)) block_of(edge.from).tails.push_back(make_tail(edge));
  for (const auto& drop : drawing_.drops) {
    if (!in_band(drop.from)) continue;
    Tail& tail = block_of(drop.from).tails.emplace_back();
    tail.number = drop.output_number;
    tail.label = in_brackets(drop.output);
    tail.body = "--x";
  }
  for (Layer& layer : layers)
    for (Block& block : layer.blocks) {
      std::ranges::stable_sort(block.heads, {}, &Head::number);
      std::ranges::stable_sort(block.tails, {}, &Tail::number);
    }
}

/// The rows on which nets leave a layer.
std::map<std::size_t, std::size_t> BandLayout::rows_behind(std::size_t layer) const {
  std::map<std::size_t, std::size_t> rows;
  for (const Pass& pass : layers[layer].passes) rows.emplace(pass.row, pass.net);
  for (const Block& block : layers[layer].blocks)
    for (std::size_t i = 0; i < block.tails.size(); ++i)
      if (block.tails[i].net) rows.emplace(block.row + i, *block.tails[i].net);
  return rows;
}

void BandLayout::place_rows() {
  for (std::size_t layer = 0; layer < layers.size(); ++layer) place_layer(layer);
}

/// From top to bottom, each as near as it can be to where its lines come from.
void BandLayout::place_layer(std::size_t index) {
  const auto taken = index == 0 ? std::map<std::size_t, std::size_t>() : rows_behind(index - 1);
  Layer& layer = layers[index];
  std::vector<Item> items;
  for (std::size_t net = 0; net < nets.size(); ++net)
    if (nets[net].passes(index)) items.push_back({kLast, nullptr, net});
  for (Block& block : layer.blocks) items.push_back({kLast, &block, 0});
  for (Item& item : items) item.wanted = wanted_row(item, taken);
  std::ranges::stable_sort(items, {}, &Item::wanted);
  std::size_t free = 0;
  bool below_text = false;  // two lines of text are kept apart from those of the next block
  for (const Item& item : items) {
    const std::size_t first = free + (below_text && item.block != nullptr ? 1 : 0);
    std::size_t row = item.wanted == kLast ? first : std::max(first, item.wanted);
    while (collides(item, row, taken)) ++row;
    if (item.block != nullptr)
      item.block->row = row;
    else
      layer.passes.push_back({item.net, row});
    const std::size_t height = item.block != nullptr ? item.block->height() : 1;
    below_text = height > 1;
    free = row + height;
  }
  rows_ = std::max(rows_, free);
}

void BandLayout::place_bottoms() {
  std::size_t row = rows_ + 1;
  for (Net& net : nets)
    if (std::ranges::any_of(net.from, [&net](std::size_t from) { return from >= net.layer; }))
      net.bottom = row++;
}

}  // namespace ixyflow::tools
