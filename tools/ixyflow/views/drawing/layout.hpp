#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/ixyflow/views/drawing/drawing.hpp"

// Layered drawing after K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical
// system structures" (1981), made so that lines cannot be mistaken for each other, whatever the graph: all
// edges to one input are a net, and between two layers no row and no column has lines of two nets. Each
// output leaves a node on a row of its own; a node is put where its inputs have rows that no other net has in
// front of it; a net that must change its row does so in a column of its own; one that leads back goes below
// everything, in a row of its own. So lines of different nets only ever cross.
namespace ixyflow::tools {

/// What leaves a node by one output.
struct Tail {
  std::size_t number = 0;  ///< of the output
  std::string label;       ///< "[other]"; empty for the main output
  /// What the line begins with, or all of it: "==512" of a ring, "--x" of a drop, "--> (far)" of an edge that
  /// leads out of the band.
  std::string body;
  std::optional<std::size_t> net;  ///< none: the line ends with its body
  char line = '-';
  std::size_t begin = 0;  ///< column, from where the titles of the layer begin
  std::size_t end = 0;
};

struct Head {
  std::size_t number = 0;  ///< of the input
  std::string label;       ///< "[0]"
  std::size_t net = 0;
};

/// A node: heads, text and tails stand beside each other, each in rows from `row` on.
struct Block {
  std::size_t node = 0;
  std::size_t row = 0;
  std::string title;
  std::string detail;
  std::vector<Head> heads;
  std::vector<Tail> tails;

  [[nodiscard]] std::size_t height() const noexcept;
};

/// Where a net goes through a layer that has no node of it.
struct Pass {
  std::size_t net = 0;
  std::size_t row = 0;
};

struct Layer {
  std::vector<Block> blocks;
  std::vector<Pass> passes;
  std::size_t begin = 0;  ///< column where heads begin
  std::size_t text = 0;   ///< column where titles begin
  std::size_t end = 0;    ///< column behind everything
};

/// The edges to one input.
struct Net {
  std::size_t to = 0;  ///< node
  std::string label;
  std::size_t number = 0;  ///< of the input
  std::size_t layer = 0;   ///< of the node
  char line = '=';         ///< '-' unless all its edges are rings
  /// Layers of the nodes of this band that feed it.
  std::vector<std::size_t> from;
  std::optional<std::size_t> bottom;  ///< row by which it leads back

  [[nodiscard]] bool passes(std::size_t other) const noexcept;
};

/// The lines of a net between two layers.
struct Wire {
  std::size_t net = 0;
  std::vector<std::size_t> left;      ///< rows of lines to the left of its column
  std::vector<std::size_t> right;     ///< rows of lines to the right of it
  std::optional<std::size_t> column;  ///< where it changes rows, if it does
};

/// In front of a layer; the last one is behind the last layer.
struct Gap {
  std::vector<Wire> wires;
  std::size_t columns = 0;  ///< of wires
};

/// Some neighbouring layers of a drawing, in rows and columns.
class BandLayout {
 public:
  /// Of the layers from `first` to the one before `last`; details are cut to `detail_width`.
  BandLayout(const Drawing& drawing, const std::vector<std::size_t>& layer_of, std::size_t first,
             std::size_t last, std::size_t detail_width);

  [[nodiscard]] const Drawing& drawing() const noexcept { return drawing_; }
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  /// Columns of the widest detail.
  [[nodiscard]] std::size_t detail_width() const noexcept;

  std::vector<Net> nets;
  std::vector<Layer> layers;
  std::vector<Gap> gaps;

 private:
  [[nodiscard]] bool in_band(std::size_t node) const noexcept {
    return layer_of_[node] >= first_ && layer_of_[node] < last_;
  }
  [[nodiscard]] std::size_t layer_of(std::size_t node) const noexcept { return layer_of_[node] - first_; }

  void make_nets();
  void make_blocks(std::size_t detail_width);
  [[nodiscard]] Tail make_tail(const Drawing::Edge& edge) const;
  void place_rows();
  void place_layer(std::size_t layer);
  [[nodiscard]] std::map<std::size_t, std::size_t> rows_behind(std::size_t layer) const;
  void place_bottoms();
  void make_wires();
  void add_wire(std::size_t net, std::size_t gap);
  static void order_columns(Gap& gap);
  void place_columns();
  static std::size_t measure(Layer& layer);

  const Drawing& drawing_;
  const std::vector<std::size_t>& layer_of_;  ///< by node, counted over all bands
  std::size_t first_;
  std::size_t last_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> net_of_;  ///< by node and input
  std::size_t rows_ = 0;
  std::size_t width_ = 0;
};

}  // namespace ixyflow::tools
