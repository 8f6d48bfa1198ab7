#include "tests/tools/views/drawing_reader.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <sstream>

namespace ixyflow::test {
namespace {

std::string edge_text(const std::string& from, const std::string& output, const std::string& ring,
                      const std::string& to) {
  std::string selector = output;
  if (!ring.empty()) selector += (selector.empty() ? "" : " ") + ring;
  return from + (selector.empty() ? "" : "[" + selector + "]") + "->" + to;
}

bool is_horizontal(char c) {
  return c == '-' || c == '=' || c == '<' || (c >= '0' && c <= '9');
}

/// One band: layers beside each other.
class BandReader {
 public:
  BandReader(std::vector<std::string> rows, const std::set<std::string>& titles, ReadDrawing& result)
      : rows_(std::move(rows)), names_(titles), result_(result) {}

  void read() {
    for (std::size_t y = 0; y < rows_.size(); ++y) find_titles(y);
    for (std::size_t y = 0; y < rows_.size(); ++y)
      for (std::size_t x = 0; x < rows_[y].size(); ++x) {
        if (at(x, y) == '>' && at(x + 1, y) == ' ' && at(x + 2, y) != '(') read_net(x, y);
        if (at(x, y) == '>' && at(x + 1, y) == ' ' && at(x + 2, y) == '(') read_reference(x, y);
        if (at(x, y) == 'x' && at(x - 1, y) == '-' && at(x - 2, y) == '-' && at(x + 1, y) == ' ')
          result_.edges.insert(tail_text(x - 2, y, "x"));
      }
    find_unread_lines();
  }

 private:
  struct Title {
    std::size_t x = 0;
    std::size_t y = 0;
    std::string name;
  };

  [[nodiscard]] char at(std::size_t x, std::size_t y) const {
    return y < rows_.size() && x < rows_[y].size() ? rows_[y][x] : ' ';
  }

  void wrong(std::size_t x, std::size_t y, const char* what) {
    result_.mistakes.push_back(fmt::format("{} at column {} of row {}", what, x, y));
  }

  void find_titles(std::size_t y) {
    const std::string& row = rows_[y];
    for (std::size_t x = 0; x < row.size(); ++x) {
      if (row[x] == ' ') continue;
      const std::size_t end = std::min(row.find(' ', x), row.size());
      const bool begins = x == 0 || (x >= 2 && row[x - 1] == ' ' &&
                                     std::string_view(" >]").find(row[x - 2]) != std::string_view::npos);
      const std::string word = row.substr(x, end - x);
      if (begins && names_.contains(word)) {
        titles_.push_back({x, y, word});
        result_.titles.insert(word);
      }
      x = end;
    }
  }

  /// The node whose rows reach down to `y`, in the layer of which titles stand in column `x`.
  std::string title_above(std::optional<std::size_t> x, std::size_t y) {
    const Title* found = nullptr;
    for (const Title& title : titles_)
      if (title.x == x && title.y <= y && (found == nullptr || title.y > found->y)) found = &title;
    if (found == nullptr) wrong(x.value_or(0), y, "no title above");
    return found == nullptr ? "?" : found->name;
  }

  std::string right_of(std::size_t x, std::size_t y) {
    std::optional<std::size_t> layer;
    for (const Title& title : titles_)
      if (title.x > x && (!layer || title.x < *layer)) layer = title.x;
    return title_above(layer, y);
  }

  std::string left_of(std::size_t x, std::size_t y) {
    std::optional<std::size_t> layer;
    for (const Title& title : titles_)
      if (title.x < x && (!layer || title.x > *layer)) layer = title.x;
    return title_above(layer, y);
  }

  /// The text of an edge whose line begins in column `x`.
  std::string tail_text(std::size_t x, std::size_t y, const std::string& to) {
    std::string output;
    if (x > 0 && at(x - 1, y) == ']') {
      const std::size_t open = rows_[y].rfind('[', x);
      output = rows_[y].substr(open + 1, x - open - 2);
    }
    std::string ring;
    if (at(x, y) == '=')
      for (std::size_t i = x + 2; at(i, y) >= '0' && at(i, y) <= '9'; ++i) ring += at(i, y);
    return edge_text(left_of(x, y), output, ring, to);
  }

  void read_reference(std::size_t x, std::size_t y) {
    std::size_t begin = x;
    while (begin > 0 && is_horizontal(at(begin - 1, y))) seen_[{--begin, y}].push_back(kNoNet);
    const std::size_t close = rows_[y].find(')', x);
    result_.edges.insert(tail_text(begin, y, rows_[y].substr(x + 3, close - x - 3)));
  }

  void read_net(std::size_t x, std::size_t y) {
    std::string to = right_of(x, y);
    if (at(x + 2, y) == '[') to = rows_[y].substr(x + 2, rows_[y].find(']', x) - x - 1) + to;
    ++net_;
    if (x > 0 && at(x - 1, y) != ' ') follow_left(x - 1, y, to);
  }

  void visit(std::size_t x, std::size_t y) { seen_[{x, y}].push_back(net_); }

  void follow_left(std::size_t x, std::size_t y, const std::string& to) {
    while (true) {
      if (at(x, y) == '+') return junction(x, y, to);
      if (!is_horizontal(at(x, y)) && at(x, y) != '|') break;
      visit(x, y);
      if (x == 0) return wrong(x, y, "a line without a beginning");
      --x;
    }
    if (at(x, y) != ' ' && at(x, y) != ']') return wrong(x, y, "a line that begins at nothing");
    result_.edges.insert(tail_text(x + 1, y, to));
  }

  void follow_right(std::size_t x, std::size_t y, const std::string& to) {
    while (is_horizontal(at(x, y)) || at(x, y) == '|') visit(x++, y);
    if (at(x, y) == '+') return junction(x, y, to);
    if (at(x, y) != '>') wrong(x, y, "a line to the right that leads nowhere");
  }

  void follow_vertical(std::size_t x, std::size_t y, bool down, const std::string& to) {
    while (at(x, y) == '|') {
      visit(x, y);
      y = down ? y + 1 : y - 1;
    }
    if (at(x, y) == '+') return junction(x, y, to);
    wrong(x, y, "a vertical line that leads nowhere");
  }

  void junction(std::size_t x, std::size_t y, const std::string& to) {
    auto& seen = seen_[{x, y}];
    if (!seen.empty() && seen.back() == net_) return;
    visit(x, y);
    if (x > 0 && is_horizontal(at(x - 1, y))) follow_left(x - 1, y, to);
    if (is_horizontal(at(x + 1, y))) follow_right(x + 1, y, to);
    if (y > 0 && (at(x, y - 1) == '|' || at(x, y - 1) == '+')) follow_vertical(x, y - 1, false, to);
    if (at(x, y + 1) == '|' || at(x, y + 1) == '+') follow_vertical(x, y + 1, true, to);
  }

  /// Every line belongs to one net; where lines cross, to two.
  void find_unread_lines() {
    for (std::size_t y = 0; y < rows_.size(); ++y)
      for (std::size_t x = 0; x < rows_[y].size(); ++x) {
        const char c = at(x, y);
        if (c != '-' && c != '=' && c != '+' && c != '|') continue;
        if (c == '-' && (at(x + 1, y) == 'x' || at(x + 2, y) == 'x')) continue;
        const auto& nets = seen_[{x, y}];
        const std::set<int> different(nets.begin(), nets.end());
        if (different.empty()) wrong(x, y, "a line that no net has");
        if (different.size() > (c == '|' ? 2U : 1U)) wrong(x, y, "a line of two nets");
      }
  }

  static constexpr int kNoNet = -1;
  std::vector<std::string> rows_;
  const std::set<std::string>& names_;
  ReadDrawing& result_;
  std::vector<Title> titles_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<int>> seen_;  ///< by whom
  int net_ = 0;
};

bool is_legend(const std::string& line) {
  return line.starts_with("==> is") || line.starts_with("--x is") || line.starts_with("--> (NAME)");
}

}  // namespace

ReadDrawing read_drawing(std::string_view text, const std::set<std::string>& titles) {
  ReadDrawing result;
  std::vector<std::vector<std::string>> bands(1);
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line == "...")
      bands.emplace_back();
    else if (!is_legend(line))
      bands.back().push_back(line);
  }
  for (auto& rows : bands) BandReader(std::move(rows), titles, result).read();
  return result;
}

ReadDrawing expected_of(const tools::Drawing& drawing) {
  ReadDrawing result;
  for (const auto& node : drawing.nodes) result.titles.insert(node.title);
  for (const auto& edge : drawing.edges)
    result.edges.insert(edge_text(
        drawing.nodes[edge.from].title, edge.output, edge.ring == 0 ? "" : std::to_string(edge.ring),
        (edge.input.empty() ? "" : "[" + edge.input + "]") + drawing.nodes[edge.to].title));
  for (const auto& drop : drawing.drops)
    result.edges.insert(edge_text(drawing.nodes[drop.from].title, drop.output, "", "x"));
  return result;
}

}  // namespace ixyflow::test
