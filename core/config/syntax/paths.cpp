#include "core/config/syntax/paths.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "core/base/text/name_rules.hpp"

namespace ixyflow {
namespace {

class PathParser {
 public:
  PathParser(const LocatedText& text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {}

  Path parse() {
    hops();
    path_.complete = !failed_;
    return std::move(path_);
  }

 private:
  void hops() {
    do {
      auto next = hop();
      if (!next) return;
      path_.hops.push_back(*std::move(next));
      path_.understood = at_;
    } while (arrow());
    if (!failed_ && path_.hops.size() < 2)
      fail(0, text_.text.size(), "a path leads from one element to another", "a -> b");
    else if (!failed_ && path_.hops.back().output)
      diagnostics_.error(path_.hops.back().output->where, "an output at the end of a path leads nowhere");
  }

  void fail(std::size_t begin, std::size_t end, std::string text, std::string hint = {}) {
    if (!failed_) diagnostics_.error(text_.range(begin, end), std::move(text), std::move(hint));
    failed_ = true;
  }

  [[nodiscard]] std::string_view rest() const { return std::string_view(text_.text).substr(at_); }

  void skip_blank() {
    while (at_ < text_.text.size() &&
           std::string_view(" \t\r\n").find(text_.text[at_]) != std::string_view::npos)
      ++at_;
  }

  /// Takes the arrow before the next hop; false at the end of the path, or of what can be understood.
  bool arrow() {
    skip_blank();
    if (rest().starts_with("->")) {
      at_ += 2;
      return true;
    }
    if (rest().empty()) return false;
    if (rest().starts_with("=>") || rest().starts_with("=("))
      fail(at_, at_ + 2, "rings are not written in a path",
           "write ->: an edge between two cores becomes a ring by itself");
    else if (rest().starts_with("("))
      fail(at_, at_ + 1, "arguments do not stand in a path",
           fmt::format("write them under [elements.{}]", declared_name()));
    else if (rest().starts_with(":"))
      fail(at_, at_ + 1, "elements are not declared in a path",
           fmt::format("write [elements.{}] with its type", declared_name()));
    else
      fail(at_, at_ + 1, fmt::format("expected '->' in the path, not '{}'", printable(rest(), 20)));
    return false;
  }

  [[nodiscard]] std::string declared_name() const {
    return path_.hops.empty() || path_.hops.back().is_type() ? "NAME" : path_.hops.back().name;
  }

  std::optional<Hop> hop() {
    Hop hop;
    skip_blank();
    if (rest().starts_with("[")) {
      hop.input = selector();
      if (!hop.input) return std::nullopt;
      if (path_.hops.empty())
        diagnostics_.error(hop.input->where, "nothing leads to the input that the path starts with");
      skip_blank();
    }
    const std::size_t begin = at_;
    while (at_ < text_.text.size() && is_word(text_.text[at_])) ++at_;
    const std::size_t stem = at_;
    if (const std::string_view end = port_end(); !end.empty()) at_ += end.size();
    hop.name = text_.text.substr(begin, at_ - begin);
    hop.where = text_.range(begin, at_);
    if (hop.name.empty()) {
      if (rest().empty())
        fail(begin, begin + 1, path_.hops.empty() ? "the path is empty" : "the path ends behind '->'");
      else
        fail(begin, begin + 1, fmt::format("expected an element, not '{}'", printable(rest(), 20)));
      return std::nullopt;
    }
    const std::string_view name = std::string_view(hop.name).substr(0, stem - begin);
    if (!is_instance_name(name) && (!is_type_name(name) || stem != at_)) {
      fail(begin, at_, fmt::format("'{}' is no name", hop.name),
           "elements are lower case with '_', types are CamelCase");
      return std::nullopt;
    }
    skip_blank();
    if (rest().starts_with("[")) {
      hop.output = selector();
      if (!hop.output) return std::nullopt;
    }
    return hop;
  }

  /// ".rx" or ".tx", if that is what comes next.
  [[nodiscard]] std::string_view port_end() const {
    for (const std::string_view end : {kReceiveEnd, kTransmitEnd})
      if (rest().starts_with(end) && (rest().size() == end.size() || !is_word(rest()[end.size()])))
        return end;
    return {};
  }

  std::optional<Selector> selector() {
    const std::size_t open = at_;
    const std::size_t close = text_.text.find(']', open);
    if (close == std::string::npos) {
      fail(open, open + 1, "the bracket is not closed");
      return std::nullopt;
    }
    std::size_t begin = open + 1;
    std::size_t end = close;
    while (begin < end && text_.text[begin] == ' ') ++begin;
    while (end > begin && text_.text[end - 1] == ' ') --end;
    if (begin == end) {
      fail(open, close + 1, "an output or an input needs a name or a number", "x[0] or x[name]");
      return std::nullopt;
    }
    at_ = close + 1;
    return Selector{text_.text.substr(begin, end - begin), text_.range(begin, end)};
  }

  const LocatedText& text_;
  Diagnostics& diagnostics_;
  Path path_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

Path parse_path(const LocatedText& text, Diagnostics& diagnostics) {
  return PathParser(text, diagnostics).parse();
}

}  // namespace ixyflow
