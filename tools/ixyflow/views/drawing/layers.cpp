#include "tools/ixyflow/views/drawing/layers.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace ixyflow::tools {
namespace {

class Layering {
 public:
  explicit Layering(const Drawing& drawing)
      : drawing_(drawing),
        back_(drawing.edges.size(), false),
        seen_(drawing.nodes.size(), Seen::no),
        leaving_(drawing.nodes.size()) {
    for (std::size_t i = 0; i < drawing.edges.size(); ++i) leaving_[drawing.edges[i].from].push_back(i);
  }

  std::vector<std::size_t> layers() {
    find_back_edges();
    auto layers = as_early_as_possible();
    move_sources(layers);
    return layers;
  }

 private:
  enum class Seen : std::uint8_t { no, on_path, done };

  void find_back_edges() {
    std::vector<bool> fed(drawing_.nodes.size(), false);
    for (const auto& edge : drawing_.edges) fed[edge.to] = true;
    for (const bool sources : {true, false})
      for (std::size_t i = 0; i < seen_.size(); ++i)
        if (seen_[i] == Seen::no && fed[i] != sources) visit(i);
  }

  /// Depth first with a stack of its own: a chain can be longer than the thread's stack allows.
  void visit(std::size_t root) {
    std::vector<std::pair<std::size_t, std::size_t>> path{{root, 0}};
    seen_[root] = Seen::on_path;
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == leaving_[node].size()) {
        seen_[node] = Seen::done;
        order_.push_back(node);
        path.pop_back();
        continue;
      }
      const std::size_t edge = leaving_[node][next++];
      const std::size_t to = drawing_.edges[edge].to;
      if (seen_[to] == Seen::on_path) back_[edge] = true;
      if (seen_[to] != Seen::no) continue;
      seen_[to] = Seen::on_path;
      path.emplace_back(to, 0);
    }
  }

  /// Nodes are done in an order that is topological when it is read backwards.
  [[nodiscard]] std::vector<std::size_t> as_early_as_possible() const {
    std::vector<std::size_t> layers(drawing_.nodes.size(), 0);
    for (auto node = order_.rbegin(); node != order_.rend(); ++node)
      for (const std::size_t edge : leaving_[*node])
        if (!back_[edge]) {
          std::size_t& layer = layers[drawing_.edges[edge].to];
          layer = std::max(layer, layers[*node] + 1);
        }
    return layers;
  }

  void move_sources(std::vector<std::size_t>& layers) const {
    std::vector<std::size_t> earliest(layers.size(), std::numeric_limits<std::size_t>::max());
    for (std::size_t i = 0; i < back_.size(); ++i) {
      const auto& edge = drawing_.edges[i];
      if (!back_[i]) earliest[edge.from] = std::min(earliest[edge.from], layers[edge.to]);
    }
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (layers[i] == 0 && earliest[i] <= layers.size()) layers[i] = earliest[i] - 1;
  }

  const Drawing& drawing_;
  std::vector<bool> back_;  ///< by edge
  std::vector<Seen> seen_;  ///< by node
  std::vector<std::vector<std::size_t>> leaving_;
  std::vector<std::size_t> order_;  ///< in which nodes were done
};

}  // namespace

std::vector<std::size_t> layers_of(const Drawing& drawing) {
  return Layering(drawing).layers();
}

}  // namespace ixyflow::tools
