#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/ixyflow/views/drawing/drawing.hpp"

// Layered drawing after K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical
// system structures" (1981), in four steps: edges that lead back are taken out; every node gets a layer (a
// column), and an edge over several layers gets a place in those between; the places of a layer are put into
// rows that keep lines straight; lines are routed in the gaps between two columns.
namespace ixyflow::tools {

/// A node, or where an edge passes through a layer that it has no node in.
struct Place {
  bool node = false;
  std::size_t index = 0;  ///< of the node, or of the edge
  std::size_t layer = 0;
  std::size_t row = 0;
};

/// A stretch of an edge between two neighbouring layers.
struct Link {
  std::size_t from = 0;  ///< places
  std::size_t to = 0;
  std::size_t edge = 0;
  std::string label;
};

/// Where the nodes and edges of a drawing, which must outlive it, stand in columns and rows.
class Layout {
 public:
  explicit Layout(const Drawing& drawing);

  [[nodiscard]] const Drawing& drawing() const noexcept { return drawing_; }
  std::vector<bool> back;  ///< by edge
  std::vector<Place> places;
  std::vector<Link> links;
  std::vector<std::vector<std::size_t>> layers;  ///< places, from top to bottom

 private:
  void find_back_edges();
  void visit(std::size_t root, std::vector<int>& state);
  void assign_layers();
  void make_places();
  void add_place(Place place);
  void assign_rows();
  [[nodiscard]] double wanted_row(std::size_t place) const;
  [[nodiscard]] std::size_t output_rank(std::size_t link) const;

  const Drawing& drawing_;
  std::vector<std::size_t> layer_of_;  ///< by node
};

}  // namespace ixyflow::tools
