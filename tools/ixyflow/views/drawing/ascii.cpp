#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/ixyflow/views/drawing/canvas.hpp"
#include "tools/ixyflow/views/drawing/drawing.hpp"
#include "tools/ixyflow/views/drawing/layout.hpp"

namespace ixyflow::tools {
namespace {

constexpr std::size_t kRowPitch = 3;  ///< title, detail, free line

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
    return p.node ? &layout_.drawing().nodes[p.index] : nullptr;
  }
  [[nodiscard]] std::size_t y_of(std::size_t place) const { return layout_.places[place].row * kRowPitch; }
  [[nodiscard]] char line_of(std::size_t edge) const {
    return layout_.drawing().edges[edge].ring != 0 ? '=' : '-';
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
