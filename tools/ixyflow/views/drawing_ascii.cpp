#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "tools/ixyflow/views/drawing.hpp"

// Layered drawing after K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical
// system structures" (1981), in four steps: edges that lead back are taken out; every node gets a layer (a
// column), and an edge over several layers gets a place in those between; the places of a layer are put into
// rows that keep lines straight; lines are routed in the gaps between two columns.
namespace ixyflow::tools {
namespace {

constexpr std::size_t kRowPitch = 3;  ///< title, detail, free line

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

class Layout {
 public:
  explicit Layout(const Drawing& drawing) : drawing_(drawing) {
    find_back_edges();
    assign_layers();
    make_places();
    assign_rows();
  }

  const Drawing& drawing_;
  std::vector<bool> back;  ///< by edge
  std::vector<Place> places;
  std::vector<Link> links;
  std::vector<std::vector<std::size_t>> layers;  ///< places, from top to bottom

 private:
  void find_back_edges() {
    back.assign(drawing_.edges.size(), false);
    std::vector<int> state(drawing_.nodes.size(), 0);  // 0: not seen, 1: on the path, 2: done
    std::vector<bool> fed(drawing_.nodes.size(), false);
    for (const auto& edge : drawing_.edges) fed[edge.to] = true;
    for (const bool from_sources : {true, false})
      for (std::size_t i = 0; i < state.size(); ++i)
        if (state[i] == 0 && fed[i] != from_sources) visit(i, state);
  }

  /// Depth first with a stack of its own: a chain can be longer than the thread's stack allows.
  void visit(std::size_t root, std::vector<int>& state) {
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
  void assign_layers() {
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

  void make_places() {
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
        const auto [entry, fresh] =
            shared.try_emplace({layer, edge.to, edge.input, edge.ring}, places.size());
        if (fresh) add_place({false, i, layer});
        links.push_back({at, entry->second, i, label});
        if (!fresh) break;
        at = entry->second;
      }
    }
  }

  static std::string label_of(const Drawing::Edge& edge) {
    std::string label = edge.output;
    if (!edge.input.empty()) label += (label.empty() ? "[" : " [") + edge.input + "]";
    if (edge.ring != 0) label += (label.empty() ? "" : " ") + std::to_string(edge.ring);
    return label;
  }

  void add_place(Place place) {
    places.push_back(place);
    layers[place.layer].push_back(places.size() - 1);
  }

  /// From left to right, each place as near as it can be to what feeds it; the first output goes straight on.
  void assign_rows() {
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

  [[nodiscard]] double wanted_row(std::size_t place) const {
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
  [[nodiscard]] std::size_t output_rank(std::size_t link) const {
    return static_cast<std::size_t>(
        std::count_if(links.begin(), links.begin() + static_cast<std::ptrdiff_t>(link),
                      [&](const Link& other) { return other.from == links[link].from; }));
  }

  std::vector<std::size_t> layer_of_;
};

class Canvas {
 public:
  void put(std::size_t x, std::size_t y, std::string_view text) {
    if (y >= lines_.size()) lines_.resize(y + 1);
    if (lines_[y].size() < x + text.size()) lines_[y].resize(x + text.size(), ' ');
    lines_[y].replace(x, text.size(), text);
  }
  [[nodiscard]] char at(std::size_t x, std::size_t y) const {
    return y < lines_.size() && x < lines_[y].size() ? lines_[y][x] : ' ';
  }
  void horizontal(std::size_t from, std::size_t to, std::size_t y, char line) {
    for (std::size_t x = from; x < to; ++x)
      if (at(x, y) == ' ' || at(x, y) == '-' || at(x, y) == '=') put(x, y, std::string(1, line));
  }
  void vertical(std::size_t x, std::size_t from, std::size_t to) {
    for (std::size_t y = std::min(from, to) + 1; y < std::max(from, to); ++y)
      if (at(x, y) != '+') put(x, y, "|");
  }
  [[nodiscard]] std::string text() const {
    std::string result;
    for (const std::string& line : lines_) result += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return result;
  }

 private:
  std::vector<std::string> lines_;
};

/// Puts a layout on a canvas.
class Painter {
 public:
  explicit Painter(const Layout& layout) : layout_(layout) {}

  std::string paint() {
    std::size_t x = 0;
    for (std::size_t layer = 0; layer < layout_.layers.size(); ++layer) {
      const std::size_t width = column_width(layer);
      const std::size_t end = x + width;
      for (const std::size_t place : layout_.layers[layer]) draw_place(place, x, end);
      x = end;
      if (layer + 1 < layout_.layers.size()) x = draw_gap(layer, end);
    }
    return canvas_.text();
  }

 private:
  [[nodiscard]] const Drawing::Node* node(std::size_t place) const {
    const Place& p = layout_.places[place];
    return p.node ? &layout_.drawing_.nodes[p.index] : nullptr;
  }
  [[nodiscard]] std::size_t y_of(std::size_t place) const { return layout_.places[place].row * kRowPitch; }
  [[nodiscard]] char line_of(std::size_t edge) const {
    return layout_.drawing_.edges[edge].ring != 0 ? '=' : '-';
  }

  [[nodiscard]] std::size_t column_width(std::size_t layer) const {
    std::size_t width = 1;
    for (const std::size_t place : layout_.layers[layer])
      if (const auto* n = node(place)) width = std::max({width, n->title.size() + 1, n->detail.size()});
    return width;
  }

  void draw_place(std::size_t place, std::size_t x, std::size_t end) {
    const auto* n = node(place);
    if (n == nullptr) return canvas_.horizontal(x, end, y_of(place), line_of(layout_.places[place].index));
    canvas_.put(x, y_of(place), n->title);
    if (!n->detail.empty()) canvas_.put(x, y_of(place) + 1, n->detail);
    for (const Link& link : layout_.links)
      if (link.from == place)
        canvas_.horizontal(x + n->title.size() + 1, end, y_of(place), line_of(link.edge));
  }

  /// One column of a gap, in which lines turn and have their labels: those of one place, or those that meet.
  struct Channel {
    std::vector<std::size_t> links;
    std::size_t width = 2;
    std::size_t x = 0;
  };

  [[nodiscard]] std::vector<Channel> channels_behind(std::size_t layer) const {
    std::vector<Channel> channels;
    std::map<std::size_t, Channel> meeting;  // by the place where the lines end
    for (const std::size_t place : layout_.layers[layer]) {
      Channel channel;
      for (std::size_t i = 0; i < layout_.links.size(); ++i) {
        if (layout_.links[i].from != place) continue;
        channel.links.push_back(i);
        if (!layout_.links[i].label.empty())
          channel.width = std::max(channel.width, 3 + layout_.links[i].label.size());
      }
      if (channel.links.size() == 1 && layout_.links[channel.links[0]].label.empty())
        meeting[layout_.links[channel.links[0]].to].links.push_back(channel.links[0]);
      else if (!channel.links.empty())
        channels.push_back(std::move(channel));
    }
    for (auto& [to, channel] : meeting) channels.push_back(std::move(channel));
    std::erase_if(channels, [this](const Channel& channel) { return !needed(channel); });
    sort(channels);
    return channels;
  }

  [[nodiscard]] bool needed(const Channel& channel) const {
    return std::ranges::any_of(channel.links, [this](std::size_t i) {
      const Link& link = layout_.links[i];
      return !link.label.empty() || y_of(link.from) != y_of(link.to);
    });
  }

  /// A line that turns away from its row must have left it before another one comes into that row.
  void sort(std::vector<Channel>& channels) const {
    const auto comes_into_row_of = [this](const Channel& a, const Channel& b) {
      for (const std::size_t i : a.links)
        for (const std::size_t j : b.links)
          if (layout_.links[i].from != layout_.links[j].from &&
              y_of(layout_.links[i].to) == y_of(layout_.links[j].from))
            return true;
      return false;
    };
    for (std::size_t pass = 0; pass < channels.size(); ++pass)
      for (std::size_t i = 0; i + 1 < channels.size(); ++i)
        if (comes_into_row_of(channels[i], channels[i + 1]) &&
            !comes_into_row_of(channels[i + 1], channels[i]))
          std::swap(channels[i], channels[i + 1]);
  }

  /// Draws the lines behind `layer`; returns where the next column starts.
  std::size_t draw_gap(std::size_t layer, std::size_t start) {
    auto channels = channels_behind(layer);
    std::size_t x = start + 2;
    for (Channel& channel : channels) {
      channel.x = x;
      x += channel.width;
    }
    const std::size_t next = x + 3;
    for (std::size_t i = 0; i < layout_.links.size(); ++i) {
      const Link& link = layout_.links[i];
      const bool turns = std::ranges::any_of(
          channels, [i](const Channel& c) { return std::ranges::find(c.links, i) != c.links.end(); });
      if (layout_.places[link.from].layer == layer && !turns)
        canvas_.horizontal(start, next, y_of(link.to), line_of(link.edge));
    }
    for (const Channel& channel : channels) draw_channel(channel, start, next);
    for (const Link& link : layout_.links)
      if (layout_.places[link.from].layer == layer && node(link.to) != nullptr)
        canvas_.put(next - 2, y_of(link.to), "> ");
    return next;
  }

  void draw_channel(const Channel& channel, std::size_t start, std::size_t next) {
    for (const std::size_t i : channel.links) {
      const Link& link = layout_.links[i];
      canvas_.horizontal(start, channel.x, y_of(link.from), line_of(link.edge));
      canvas_.horizontal(channel.x, next, y_of(link.to), line_of(link.edge));
      canvas_.vertical(channel.x, y_of(link.from), y_of(link.to));
    }
    for (const std::size_t i : channel.links) {
      const Link& link = layout_.links[i];
      if (y_of(link.to) != y_of(link.from)) {
        canvas_.put(channel.x, y_of(link.from), "+");
        canvas_.put(channel.x, y_of(link.to), "+");
      }
      if (!link.label.empty()) canvas_.put(channel.x + 2, y_of(link.to), link.label);
    }
  }

  const Layout& layout_;
  Canvas canvas_;
};

}  // namespace

std::string draw_ascii(const Drawing& drawing) {
  const Layout layout(drawing);
  std::string text = Painter(layout).paint();
  bool rings = false;
  std::string below;
  for (std::size_t i = 0; i < drawing.edges.size(); ++i) {
    const auto& edge = drawing.edges[i];
    rings = rings || edge.ring != 0;
    if (layout.back[i])
      below += fmt::format("back: {}{} {} {}{}\n", drawing.nodes[edge.from].name,
                           edge.output.empty() ? "" : "[" + edge.output + "]", edge.ring != 0 ? "==>" : "-->",
                           edge.input.empty() ? "" : "[" + edge.input + "]", drawing.nodes[edge.to].name);
  }
  if (rings) below += "==> is a ring, with its length in packets\n";
  return below.empty() ? text : text + "\n" + below;
}

}  // namespace ixyflow::tools
