#include "core/config/syntax/one_line.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "core/base/text/name_rules.hpp"

namespace ixyflow {
namespace {

class LineParser {
 public:
  LineParser(const LocatedText& text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {}

  std::optional<Line> parse() {
    Line line;
    do {
      if (at_end()) break;
      std::vector<Station> path;
      if (!read_path(path)) return std::nullopt;
      line.push_back(std::move(path));
    } while (take(";"));
    if (!at_end()) {
      fail(at_, at_ + 1, fmt::format("expected '->', not '{}'", printable(rest(), 20)),
           rest().starts_with('.') || rest().starts_with('/')
               ? "a file is a port: pcap:in.pcap, pcap:out.pcap"
               : "");
      return std::nullopt;
    }
    if (line.empty()) {
      fail(0, text_.text.size(), "the line is empty", "pcap:in.pcap -> Counter -> pcap:out.pcap");
      return std::nullopt;
    }
    return line;
  }

 private:
  bool read_path(std::vector<Station>& path) {
    const std::size_t begin = at_;
    do {
      Station station;
      if (!read_station(station)) return false;
      path.push_back(std::move(station));
    } while (take("->"));
    if (path.size() > 1 || (!path.front().name.empty() && !path.front().type.empty())) return true;
    return fail(begin, at_, "a path leads from one element or port to another",
                text_.text.ends_with(".toml") ? "a file is given without -e"
                                              : "pcap:in.pcap -> Counter -> pcap:out.pcap");
  }

  /// False after a mistake, like all that read.
  bool read_station(Station& station) {
    if (!read_selector(station.input)) return false;
    if (!read_what(station)) return false;
    return read_selector(station.output);
  }

  bool read_what(Station& station) {
    skip_blank();
    std::size_t begin = at_;
    std::string word = read_word();
    station.where = text_.range(begin, at_);
    if (word.empty()) return expected_station();
    if (take("::")) {
      if (!is_instance_name(word)) return no_name(begin, word);
      station.name = std::move(word);
      skip_blank();
      begin = at_;
      word = read_word();
    }
    station.type_where = text_.range(begin, at_);
    if (is_type_name(word)) return read_arguments(station, std::move(word));
    if (!is_instance_name(word.substr(0, word.find('.')))) return no_name(begin, word);
    if (rest().starts_with(":")) return read_port(station, std::move(word));
    if (!station.name.empty() || rest().starts_with("("))
      return fail(begin, at_, fmt::format("'{}' is neither a type of element nor a driver", word),
                  "types are CamelCase: Counter; a driver is followed by ':', as in pcap:in.pcap");
    station.name = std::move(word);
    return true;
  }

  bool read_arguments(Station& station, std::string type) {
    station.type = std::move(type);
    const std::size_t open = at_;
    if (!take("(")) return true;
    const std::string_view all = text_.text;
    const std::size_t close = find_outside(all, at_, [all](std::size_t i) { return all[i] == ')'; });
    if (close == all.size())
      return fail(open, open + 1, "this bracket is not closed, or a quotation mark in it");
    station.arguments = split_arguments(text_, at_, close);
    at_ = close + 1;
    return true;
  }

  bool read_port(Station& station, std::string driver) {
    station.type = std::move(driver);
    station.port = true;
    const std::size_t begin = ++at_;
    const std::string_view all = text_.text;
    at_ = find_outside(all, begin,
                       [all](std::size_t i) { return all[i] == ';' || all.substr(i).starts_with("->"); });
    station.arguments = split_arguments(text_, begin, at_);
    return true;
  }

  bool read_selector(std::optional<Selector>& selector) {
    const std::size_t before = at_;
    if (!take("[")) return true;
    const std::size_t close = text_.text.find(']', at_);
    if (close == std::string::npos) return fail(before, at_, "the bracket is not closed");
    skip_blank();
    std::size_t end = close;
    while (end > at_ && text_.text[end - 1] == ' ') --end;
    if (end <= at_)
      return fail(before, close + 1, "an output or an input needs a name or a number", "x[0] or x[name]");
    selector = Selector{text_.text.substr(at_, end - at_), text_.range(at_, end)};
    at_ = close + 1;
    return true;
  }

  bool expected_station() {
    const bool over = rest().empty() || rest().front() == ';';
    return fail(at_, at_ + 1,
                over ? std::string("the path ends where an element or a port is expected")
                     : fmt::format("expected an element or a port, not '{}'", printable(rest(), 20)),
                "Counter, Filter(\"udp\") or pcap:in.pcap");
  }

  bool no_name(std::size_t begin, const std::string& word) {
    return fail(begin, at_, fmt::format("'{}' is no name", printable(word)),
                "names are lower case with '_', types are CamelCase");
  }

  bool fail(std::size_t begin, std::size_t end, std::string text, std::string hint = {}) {
    diagnostics_.error(text_.range(begin, end), std::move(text), std::move(hint));
    return false;
  }

  [[nodiscard]] std::string_view rest() const { return std::string_view(text_.text).substr(at_); }

  std::string read_word() {
    const std::size_t begin = at_;
    while (at_ < text_.text.size() && is_word(text_.text[at_])) ++at_;
    for (const std::string_view end : {kReceiveEnd, kTransmitEnd})
      if (at_ > begin && rest().starts_with(end)) at_ += end.size();
    return text_.text.substr(begin, at_ - begin);
  }

  void skip_blank() {
    while (!rest().empty() && std::string_view(" \t\r\n").find(rest().front()) != std::string_view::npos)
      ++at_;
  }

  bool at_end() {
    skip_blank();
    return rest().empty();
  }

  bool take(std::string_view mark) {
    skip_blank();
    if (!rest().starts_with(mark)) return false;
    at_ += mark.size();
    return true;
  }

  const LocatedText& text_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Line> parse_line(const LocatedText& text, Diagnostics& diagnostics) {
  return LineParser(text, diagnostics).parse();
}

}  // namespace ixyflow
