#include "core/config/syntax/mistakes/foreign_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace ixyflow {
namespace {

using namespace std::string_view_literals;

enum class Magic { capture, compressed, other };

struct FileStart {
  std::string_view bytes;
  std::string_view what;
  Magic kind = Magic::other;
};

constexpr std::array kFileStarts = std::to_array<FileStart>({
    {"\xd4\xc3\xb2\xa1"sv, "a capture", Magic::capture},
    {"\xa1\xb2\xc3\xd4"sv, "a capture", Magic::capture},
    {"\x4d\x3c\xb2\xa1"sv, "a capture", Magic::capture},
    {"\xa1\xb2\x3c\x4d"sv, "a capture", Magic::capture},
    {"\xa1\xb2\xcd\x34"sv, "a capture", Magic::capture},
    {"\x34\xcd\xb2\xa1"sv, "a capture", Magic::capture},
    {"\x0a\x0d\x0d\x0a"sv, "a capture (pcapng)", Magic::capture},
    {"\x1f\x8b"sv, "compressed with gzip", Magic::compressed},
    {"\x28\xb5\x2f\xfd"sv, "compressed with zstd", Magic::compressed},
    {"BZh"sv, "compressed with bzip2", Magic::compressed},
    {"\xfd"
     "7zXZ"sv,
     "compressed with xz", Magic::compressed},
    {"PK\x03\x04"sv, "a ZIP archive"},
    {"\x7f"
     "ELF"sv,
     "a program or a plugin (ELF)"},
    {"%PDF"sv, "a PDF document"},
    {"<"sv, "XML or HTML"},
    {"\xff\xfe"sv, "UTF-16"},
    {"\xfe\xff"sv, "UTF-16"},
});

/// UTF-16 without a byte order mark: every second byte of what it begins with is 0.
bool looks_like_utf16(std::string_view text) {
  constexpr std::size_t kLooked = 8;
  if (text.size() < kLooked) return false;
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < kLooked; ++i)
    if (text[i] == '\0') ++zeros[i % 2];
  return std::ranges::max(zeros) == kLooked / 2 && std::ranges::min(zeros) == 0;
}

/// The first line with something on it, behind comments of TOML and those that begin with `comment`, without
/// blanks around it.
std::string_view first_line(std::string_view text, std::string_view comment = "#") {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#' || line.substr(first).starts_with(comment))
      continue;
    line = line.substr(first);
    return line.substr(0, line.find_last_not_of(" \t\r") + 1);
  }
  return {};
}

ForeignFile no_toml(std::string_view what) {
  return {fmt::format("this is {}, and a pipeline file is TOML", what),
          "in TOML: [ports.wan], then driver = \"pcap\" on a line of its own"};
}

bool is_json(std::string_view line) {
  if (line.starts_with('{')) return true;
  if (!line.starts_with('[')) return false;
  const std::size_t next = line.find_first_not_of(" \t", 1);
  return next != std::string_view::npos && line[next] == '{';
}

/// "ports:", "driver: pcap", "- in", "---".
bool is_yaml(std::string_view line) {
  if (line.starts_with("---") || line.starts_with("- ")) return true;
  const std::size_t colon = line.find(':');
  const std::string_view key = line.substr(0, colon);
  const std::string_view behind = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  return colon != std::string_view::npos && !key.empty() &&
         key.find_first_of(" \t=\"'[]{}()") == std::string_view::npos &&
         (behind.empty() || behind.starts_with(' '));
}

/// "FromDump(in.pcap) -> Counter;", "q :: Queue;", "elementclass X {".
bool is_click(std::string_view line) {
  const std::string_view outside = line.substr(0, line.find_first_of("\"'"));
  const bool begins =
      line.starts_with("elementclass ") || line.starts_with("define(") || line.starts_with("require(");
  return begins || outside.find("::") != std::string_view::npos ||
         (outside.find("->") != std::string_view::npos && outside.find('=') == std::string_view::npos);
}

}  // namespace

ForeignFile foreign_file(std::string_view text) {
  for (const FileStart& start : kFileStarts) {
    if (!text.starts_with(start.bytes)) continue;
    if (start.what == "UTF-16") return {"the file is UTF-16", "save it as UTF-8"};
    const std::string what = fmt::format("this is {}, not a pipeline file", start.what);
    if (start.kind == Magic::capture)
      return {what, "a pipeline file reads it by a port with driver = \"pcap\""};
    if (start.kind == Magic::compressed) return {what, "unpack it first"};
    return {what, "a pipeline file is a text in TOML"};
  }
  if (looks_like_utf16(text)) return {"the file is UTF-16", "save it as UTF-8"};
  return is_json(first_line(text)) ? no_toml("JSON") : ForeignFile();
}

ForeignFile foreign_language(std::string_view text) {
  if (is_click(first_line(text, "//")))
    return {
        "this looks like Click's language, and a pipeline file is TOML",
        "in TOML: [graph], then paths = [\"in -> Counter -> out\"]; elements/README.md has Click's names"};
  return is_yaml(first_line(text)) ? no_toml("YAML") : ForeignFile();
}

}  // namespace ixyflow
