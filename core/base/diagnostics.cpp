#include "core/base/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/text/utf8.hpp"

namespace ixyflow {
namespace {

/// Room for a line of the file; what is longer is cut on both sides of the caret.
constexpr std::size_t kLineWidth = 100;
constexpr std::size_t kBeforeCaret = 40;
constexpr std::size_t kTextLimit = 2000;

/// Nobody reads more mistakes than this, and showing each costs a walk along its line.
constexpr std::size_t kShown = 500;

struct Paint {
  std::string_view error, warning, place, end;
};
constexpr Paint kPlain{};
constexpr Paint kColours{"\033[1;31m", "\033[1;33m", "\033[34m", "\033[0m"};

/// The lines of `source`, without their ends and without a byte order mark.
std::vector<std::string_view> lines_of(std::string_view source) {
  if (source.starts_with("\xef\xbb\xbf")) source.remove_prefix(3);
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = source.find('\n');
    std::string_view line = source.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    source.remove_prefix(end + 1);
  }
}

/// A piece of a line, one column per character, so that a caret below it stands right.
struct Excerpt {
  std::string text;
  std::size_t caret_column = 0;  ///< from 0, in `text`
  std::size_t caret_length = 1;
};

/// The characters of `line` from `first` on, at most kLineWidth, with "..." where something was left out.
/// What could drive the terminal is shown as one '?', a tab as one space.
Excerpt cut(std::string_view line, SourceRange where) {
  const std::size_t target = where.column > 0 ? where.column - 1 : 0;
  const std::size_t first = target > kLineWidth - kBeforeCaret / 2 ? target - kBeforeCaret : 0;
  Excerpt excerpt;
  if (first > 0) excerpt.text = "...";
  excerpt.caret_column = excerpt.text.size() + target - first;

  std::size_t index = 0;
  for (; !line.empty() && index < first + kLineWidth; ++index) {
    const Utf8Character c = first_character(line);
    if (index >= first) excerpt.text += c.shown ? line.substr(0, c.bytes) : line[0] == '\t' ? " " : "?";
    line.remove_prefix(c.bytes);
  }
  if (!line.empty()) excerpt.text += "...";
  const std::size_t last = std::max(index, target + 1);
  excerpt.caret_length = std::clamp<std::size_t>(where.length, 1, last - target);
  return excerpt;
}

void render_place(std::string& out, const Diagnostic& entry, std::string_view line, const Paint& paint) {
  const std::string number = std::to_string(entry.where.line);
  const Excerpt excerpt = cut(line, entry.where);
  const std::string_view colour = entry.severity == Severity::error ? paint.error : paint.warning;
  out += fmt::format("{} {} |{} {}\n", paint.place, number, paint.end, excerpt.text);
  out += fmt::format("{} {:{}} |{} {:{}}{}{}{}{}{}\n", paint.place, "", number.size(), paint.end, "",
                     excerpt.caret_column, colour, std::string(excerpt.caret_length, '^'),
                     entry.hint.empty() ? "" : " ", printable(entry.hint, kTextLimit), paint.end);
}

void render_entry(std::string& out, const Diagnostic& entry, std::string_view file,
                  const std::vector<std::string_view>& lines, const Paint& paint) {
  const bool is_error = entry.severity == Severity::error;
  out += fmt::format("{}{}{}: {}\n", is_error ? paint.error : paint.warning, is_error ? "error" : "warning",
                     paint.end, printable(entry.text, kTextLimit));
  const SourceRange where = entry.where;
  if (where.line == 0) {
    if (!file.empty() && where != kCommandLine)
      out += fmt::format("{}  -->{} {}\n", paint.place, paint.end, file);
  } else {
    out += fmt::format("{}  -->{} {}:{}:{}\n", paint.place, paint.end, file, where.line, where.column);
    if (where.line <= lines.size()) return render_place(out, entry, lines[where.line - 1], paint);
  }
  if (!entry.hint.empty()) out += fmt::format("   = {}\n", printable(entry.hint, kTextLimit));
}

}  // namespace

Diagnostics::Diagnostics(std::string file, std::string source)
    : file_(std::move(file)), source_(std::move(source)) {}

void Diagnostics::error(SourceRange where, std::string text, std::string hint) {
  entries_.push_back({Severity::error, where, std::move(text), std::move(hint)});
  ++errors_;
}

void Diagnostics::warning(SourceRange where, std::string text, std::string hint) {
  entries_.push_back({Severity::warning, where, std::move(text), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> result = entries_;
  std::ranges::stable_sort(result, {},
                           [](const Diagnostic& d) { return std::pair(d.where.line, d.where.column); });
  return result;
}

std::string Diagnostics::render(bool colour) const {
  const std::string file = printable(file_);
  const std::vector<std::string_view> lines =
      source_.empty() ? std::vector<std::string_view>{} : lines_of(source_);
  std::string out;
  const std::vector<Diagnostic> entries = sorted();
  for (std::size_t i = 0; i < std::min(entries.size(), kShown); ++i)
    render_entry(out, entries[i], file, lines, colour ? kColours : kPlain);
  if (entries.size() > kShown) out += fmt::format("… and {} more\n", entries.size() - kShown);
  return out;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t characters = 0;
  while (!text.empty()) {
    const Utf8Character c = first_character(text);
    const std::size_t width = c.shown ? 1 : 4 * c.bytes;
    if (characters + width > limit) return out + "...";
    characters += width;
    if (c.shown) {
      out += text.substr(0, c.bytes);
    } else {
      for (const char byte : text.substr(0, c.bytes))
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace ixyflow
