#include "core/config/syntax/paths.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "core/base/text/name_rules.hpp"

namespace ixyflow {
namespace {

/// Arrows and dashes that word processors make of "->", and what others write for it.
std::size_t foreign_arrow(std::string_view text) noexcept {
  for (const std::string_view arrow :
       {"\u2192", "\u21d2", "\u279c", "\u27a1", "\u2014>", "\u2013>", "\u2212>", "\u2014", "\u2013", "-->",
        "->>", "~>", "|>", ">>", ">", "|", "- >", "-\u203a"})
    if (text.starts_with(arrow)) return arrow.size();
  return 0;
}

/// Bytes of the word that `text` begins with. It may have in it what people write and no name has: a dash
/// between letters, letters beyond ASCII.
std::size_t word_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (size < text.size()) {
    const bool dash = text[size] == '-' && size > 0 && size + 1 < text.size() && is_word(text[size + 1]);
    const bool beyond =
        static_cast<unsigned char>(text[size]) >= 0x80 && foreign_arrow(text.substr(size)) == 0;
    if (!is_word(text[size]) && !dash && !beyond) break;
    ++size;
  }
  return size;
}

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
      fail_for_arrow();
    return false;
  }

  /// Something stands where an arrow should.
  void fail_for_arrow() {
    if (const std::size_t size = foreign_arrow(rest()); size > 0)
      return fail(at_, at_ + size, fmt::format("an arrow is written '->', not '{}'", rest().substr(0, size)));
    if (rest().starts_with(";") || rest().starts_with(","))
      return fail(at_, at_ + 1, fmt::format("'{}' does not stand in a path", rest().front()),
                  "each path is a text of its own: \"a -> b\", \"c -> d\"");
    if (rest().starts_with(".") && word_size(rest().substr(1)) > 0)
      return fail(
          at_, at_ + 1 + word_size(rest().substr(1)), "an output is written in brackets",
          fmt::format("{}[{}]", path_.hops.back().name, rest().substr(1, word_size(rest().substr(1)))));
    if (const std::size_t size = word_size(rest()); size > 0)
      return fail(at_, at_ + size,
                  fmt::format("'->' is missing before '{}'", printable(rest().substr(0, size), 20)));
    fail(at_, at_ + 1, fmt::format("expected '->' in the path, not '{}'", printable(rest(), 20)));
  }

  [[nodiscard]] std::string declared_name() const {
    return path_.hops.empty() || !is_instance_name(path_.hops.back().name) ? "NAME" : path_.hops.back().name;
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
    at_ += word_size(rest());
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
