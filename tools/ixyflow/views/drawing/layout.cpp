#include "tools/ixyflow/views/drawing/layout.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace ixyflow::tools {
namespace {

std::string label_of(const Drawing::Edge& edge) {
  std::string label = edge.output;
  if (!edge.input.empty()) label += (label.empty() ? "[" : " [") + edge.input + "]";
  if (edge.ring != 0) label += (label.empty() ? "" : " ") + std::to_string(edge.ring);
  return label;
}

}  // namespace

Layout::Layout(const Drawing& drawing) : drawing_(drawing) {
  find_back_edges();
  assign_layers();
  make_places();
  assign_rows();
}

void Layout::find_back_edges() {
  back.assign(drawing_.edges.size(), false);
  std::vector<int> state(drawing_.nodes.size(), 0);  // 0: not seen, 1: on the path, 2: done
  std::vector<bool> fed(drawing_.nodes.size(), false);
  for (const auto& edge : drawing_.edges) fed[edge.to] = true;
  for (const bool from_sources : {true, false})
    for (std::size_t i = 0; i < state.size(); ++i)
      if (state[i] == 0 && fed[i] != from_sources) visit(i, state);
}

/// Depth first with a stack of its own: a chain can be longer than the thread's stack allows.
void Layout::visit(std::size_t root, std::vector<int>& state) {
  std::vector<std::pair<std::size_t, std::size_t>> path{{root, 0}};
  state[root] = 1;
  while (!path.empty()) {
    auto& [node, next] = path.back();
    while (next < drawing_.edges.size() && drawing_.edges[next].from != node) ++next;
    if (next == drawing_.edges.size()) {
      state[node] = 2;
      path.pop_back();
      continue;
    }
    const std::size_t edge = next++;
    const std::size_t to = drawing_.edges[edge].to;
    if (state[to] == 1) back[edge] = true;
    if (state[to] != 0) continue;
    state[to] = 1;
    path.emplace_back(to, 0);
  }
}

/// The longest way from a source. Bounded: without the edges that lead back there are no cycles.
void Layout::assign_layers() {
  layer_of_.assign(drawing_.nodes.size(), 0);
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < drawing_.edges.size(); ++i) {
      const auto& edge = drawing_.edges[i];
      if (back[i] || layer_of_[edge.to] > layer_of_[edge.from]) continue;
      layer_of_[edge.to] = layer_of_[edge.from] + 1;
      moved = true;
    }
  }
}

void Layout::make_places() {
  const std::size_t count = layer_of_.empty() ? 0 : *std::ranges::max_element(layer_of_) + 1;
  layers.resize(count);
  for (std::size_t i = 0; i < drawing_.nodes.size(); ++i) add_place({true, i, layer_of_[i]});
  // Edges to the same place run together on the way: one line instead of several beside each other.
  std::map<std::tuple<std::size_t, std::size_t, std::string, std::size_t>, std::size_t> shared;
  for (std::size_t i = 0; i < drawing_.edges.size(); ++i) {
    if (back[i]) continue;
    const auto& edge = drawing_.edges[i];
    std::size_t at = edge.from;
    for (std::size_t layer = layer_of_[edge.from] + 1; layer <= layer_of_[edge.to]; ++layer) {
      const std::string label = at == edge.from ? label_of(edge) : "";
      if (layer == layer_of_[edge.to]) {
        links.push_back({at, edge.to, i, label});
        break;
      }
      const auto [entry, fresh] = shared.try_emplace({layer, edge.to, edge.input, edge.ring}, places.size());
      if (fresh) add_place({false, i, layer});
      links.push_back({at, entry->second, i, label});
      if (!fresh) break;
      at = entry->second;
    }
  }
}

void Layout::add_place(Place place) {
  places.push_back(place);
  layers[place.layer].push_back(places.size() - 1);
}

/// From left to right, each place as near as it can be to what feeds it; the first output goes straight on.
void Layout::assign_rows() {
  for (auto& layer : layers) {
    std::vector<std::pair<double, std::size_t>> wanted;
    for (const std::size_t place : layer) wanted.emplace_back(wanted_row(place), place);
    std::ranges::stable_sort(wanted, {}, [](const auto& entry) { return entry.first; });
    std::size_t free = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      layer[i] = wanted[i].second;
      places[layer[i]].row = std::max(free, static_cast<std::size_t>(wanted[i].first));
      free = places[layer[i]].row + 1;
    }
  }
}

double Layout::wanted_row(std::size_t place) const {
  double best = -1;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i].to != place) continue;
    const auto output =
        static_cast<double>(drawing_.edges[links[i].edge].from == links[i].from ? output_rank(i) : 0);
    const double row = static_cast<double>(places[links[i].from].row) + std::min(0.9, 0.01 * output);
    if (best < 0 || row < best) best = row;
  }
  return best < 0 ? 0 : best;
}

/// How many links leave the same place before this one.
std::size_t Layout::output_rank(std::size_t link) const {
  return static_cast<std::size_t>(
      std::count_if(links.begin(), links.begin() + static_cast<std::ptrdiff_t>(link),
                    [&](const Link& other) { return other.from == links[link].from; }));
}

}  // namespace ixyflow::tools
