#include "core/net/filter/pieces.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/net/filter/scanner.hpp"
#include "core/net/filter/words.hpp"

namespace ixyflow {
namespace {

using std::operator""sv;

constexpr int kDeepest = 100;

bool is(const FilterToken& token, std::string_view word, std::string_view symbol) noexcept {
  return token.text == word || token.text == symbol;
}
bool is_and(const FilterToken& token) noexcept {
  return is(token, "and", "&&");
}
bool is_joint(const FilterToken& token) noexcept {
  return is_and(token) || is(token, "or", "||");
}
bool is_not(const FilterToken& token) noexcept {
  return is(token, "not", "!");
}
bool is_direction(const FilterToken& token) noexcept {
  return token.text == "src" || token.text == "dst";
}

bool is_keyword(const FilterToken& token) noexcept {
  return token.kind == FilterTokenKind::word && is_filter_keyword(token.text);
}

/// Whether the token can only stand in a comparison, as in "ip[8] > 5".
bool is_arithmetic(const FilterToken& token) noexcept {
  constexpr std::array kSymbols = {"["sv, "="sv, "=="sv, "!="sv, "<"sv, ">"sv, "<="sv, ">="sv,
                                   "+"sv, "*"sv, "%"sv,  "&"sv,  "|"sv, "^"sv, "<<"sv, ">>"sv};
  return token.kind == FilterTokenKind::symbol && std::ranges::find(kSymbols, token.text) != kSymbols.end();
}

/// Instructions by what a name or number means, measured with libpcap 1.10: a port is looked for behind IPv4
/// and IPv6, in three protocols.
class Costs {
 public:
  std::uint32_t of(const FilterToken& token) noexcept {
    if (token.text == "port" || token.text == "portrange")
      port_ = token.text == "port" ? 70 : 100;
    else if (is_keyword(token) && !is_joint(token) && !is_not(token))
      port_ = 0;
    switch (token.kind) {
      case FilterTokenKind::number:
        return port_ != 0 ? port_ : 15;
      case FilterTokenKind::address:
        return 30;
      case FilterTokenKind::word:
        return port_ != 0 && !is_keyword(token) ? port_ : 12;
      default:
        return 1;
    }
  }

 private:
  std::uint32_t port_ = 0;  ///< that of a port or range, behind such a word
};

/// Recursive descent: an expression is tests with ands and ors between them, which bind equally and from the
/// left; a test is one primitive, "not" a test, or an expression in parentheses.
class Cutter {
 public:
  Cutter(std::string_view expression, std::uint32_t piece_cost) : piece_cost_(piece_cost) {
    FilterScanner scanner(expression);
    for (FilterToken token = scanner.next(); token.kind != FilterTokenKind::end; token = scanner.next())
      tokens_.push_back(token);
    tokens_.push_back({FilterTokenKind::end, expression.substr(expression.size())});
  }

  std::optional<FilterPieces> cut() {
    if (std::ranges::any_of(tokens_, changes_what_follows)) return std::nullopt;
    auto pieces = read_expression({}, 0);
    if (at_ + 1 != tokens_.size()) return std::nullopt;
    return pieces;
  }

 private:
  static bool changes_what_follows(const FilterToken& token) noexcept {
    constexpr std::array kWords = {"vlan"sv, "mpls"sv, "pppoes"sv, "geneve"sv, "vxlan"sv};
    return std::ranges::find(kWords, token.text) != kWords.end();
  }

  [[nodiscard]] const FilterToken& now() const noexcept { return tokens_[at_]; }
  [[nodiscard]] bool at_end() const noexcept { return at_ + 1 >= tokens_.size(); }

  /// `head` is what a bare name or number inherits: "tcp dst port".
  std::optional<FilterPieces> read_expression(std::string_view head, int depth) {
    auto left = read_test(head, depth);
    while (left && is_joint(now())) {
      const auto kind = is_and(now()) ? FilterPieces::Kind::all : FilterPieces::Kind::any;
      ++at_;
      auto right = read_test(head, depth);
      if (!right) return std::nullopt;
      left = join(kind, std::move(*left), std::move(*right));
    }
    return left;
  }

  std::optional<FilterPieces> read_test(std::string_view& head, int depth) {
    if (depth > kDeepest || at_end() || now().text == ")") return std::nullopt;
    if (is_not(now())) {
      ++at_;
      auto test = read_test(head, depth + 1);
      if (test) negate(*test);
      return test;
    }
    if (now().text != "(" || opens_arithmetic()) return read_primitive(head, depth);
    ++at_;
    auto inside = read_expression(head, depth + 1);
    if (!inside || now().text != ")") return std::nullopt;
    ++at_;
    if (inside->kind == FilterPieces::Kind::text) inside->text = "(" + inside->text + ")";
    return inside;
  }

  static void negate(FilterPieces& test) {
    if (test.kind == FilterPieces::Kind::text)
      test.text = "not " + test.text;
    else
      test.negated = !test.negated;
  }

  /// Whether the parenthesis here is one as in "(ip[0] & 15) * 4 > 20".
  [[nodiscard]] bool opens_arithmetic() const noexcept {
    int open = 0;
    std::size_t at = at_;
    do {
      if (tokens_[at].text == "(") ++open;
      if (tokens_[at].text == ")") --open;
      ++at;
    } while (open > 0 && at + 1 < tokens_.size());
    const FilterToken& next = tokens_[at];
    return is_arithmetic(next) || next.text == "-" || next.text == "/";
  }

  std::optional<FilterPieces> read_primitive(std::string_view& head, int depth) {
    const std::size_t begin = at_;
    const bool bare = !is_keyword(now());
    if (!bare && inherits_) return std::nullopt;
    std::uint32_t cost = 0;
    bool compares = false;
    Costs costs;
    for (int open = 0; !at_end() && !ends_primitive(begin, open); ++at_) {
      if (now().text == "(") ++open;
      if (now().text == ")") --open;
      compares = compares || is_arithmetic(now());
      cost += costs.of(now());
    }
    const std::string_view text = slice(begin, at_);
    if (bare && !compares)
      return text_piece(std::string(head) + " " + std::string(text),
                        cost + filter_cost(std::string(head) + " 1"));
    head = compares ? std::string_view() : head_of(begin);
    if (const std::size_t list = begin_of_list(begin, head); list != 0) return read_list(list, head, depth);
    return text_piece(std::string(text), cost);
  }

  static FilterPieces text_piece(std::string text, std::uint32_t cost) {
    FilterPieces piece;
    piece.text = std::move(text);
    piece.cost = cost;
    return piece;
  }

  /// Where the parenthesis of "port (80 or 443)" is, for a primitive that begins at `begin` and ends here; 0:
  /// it is none of that kind.
  [[nodiscard]] std::size_t begin_of_list(std::size_t begin, std::string_view head) const noexcept {
    std::size_t at = begin;
    while (at < at_ && tokens_[at].text.data() < head.data() + head.size()) ++at;
    return !head.empty() && at < at_ && tokens_[at].text == "(" ? at : 0;
  }

  /// Each of the list is a test of its own, with what stands in front of the list.
  std::optional<FilterPieces> read_list(std::size_t parenthesis, std::string_view head, int depth) {
    at_ = parenthesis;
    const bool inherits = std::exchange(inherits_, true);
    auto list = read_test(head, depth + 1);
    inherits_ = inherits;
    return list;
  }

  [[nodiscard]] bool ends_primitive(std::size_t begin, int open) const noexcept {
    if (open > 0) return false;
    if (now().text == ")") return true;
    if (!is_joint(now())) return false;
    return at_ == begin || !is_direction(tokens_[at_ - 1]) || !is_direction(tokens_[at_ + 1]);
  }

  /// The keywords at the start of the primitive, where what follows it can inherit them.
  [[nodiscard]] std::string_view head_of(std::size_t begin) const noexcept {
    std::size_t end = begin;
    while (end < at_ && (is_keyword(tokens_[end]) || is_joint(tokens_[end])) && !is_not(tokens_[end])) ++end;
    const bool inherited = tokens_[begin].text != "less" && tokens_[begin].text != "greater";
    return inherited ? slice(begin, end) : std::string_view();
  }

  /// The text of the tokens from `begin` up to `end`.
  [[nodiscard]] std::string_view slice(std::size_t begin, std::size_t end) const noexcept {
    if (begin == end) return {};
    const std::string_view last = tokens_[end - 1].text;
    const char* const start = tokens_[begin].text.data();
    return {start, static_cast<std::size_t>(last.data() + last.size() - start)};
  }

  [[nodiscard]] bool append(FilterPieces::Kind kind, FilterPieces& piece, const FilterPieces& next) const {
    using enum FilterPieces::Kind;
    if (piece.kind != text || next.kind != text || piece.cost + next.cost > piece_cost_) return false;
    piece.text += (kind == all ? " and " : " or ") + next.text;
    piece.cost += next.cost;
    return true;
  }

  /// Pieces that are joined stay without parentheses: what is appended binds from the left, here too.
  FilterPieces join(FilterPieces::Kind kind, FilterPieces left, FilterPieces right) const {
    if (append(kind, left, right)) return left;
    if (left.kind == kind && !left.negated) {
      if (!append(kind, left.children.back(), right)) left.children.push_back(std::move(right));
      return left;
    }
    FilterPieces both;
    both.kind = kind;
    both.children.push_back(std::move(left));
    both.children.push_back(std::move(right));
    return both;
  }

  std::vector<FilterToken> tokens_;  ///< with one of kind `end`
  std::size_t at_ = 0;
  std::uint32_t piece_cost_;
  bool inherits_ = false;  ///< inside of a list, where no test can begin with a word of its own
};

}  // namespace

std::uint32_t filter_cost(std::string_view expression) noexcept {
  FilterScanner scanner(expression);
  Costs costs;
  std::uint32_t cost = 0;
  for (FilterToken token = scanner.next(); token.kind != FilterTokenKind::end; token = scanner.next())
    cost += costs.of(token);
  return cost;
}

std::optional<FilterPieces> cut_filter(std::string_view expression, std::uint32_t piece_cost) {
  return Cutter(expression, piece_cost).cut();
}

}  // namespace ixyflow
