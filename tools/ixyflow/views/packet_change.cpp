#include "tools/ixyflow/views/packet_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/net/describe.hpp"
#include "core/net/fields.hpp"
#include "core/net/parser.hpp"

namespace ixyflow::tools {
namespace {

using Frame = std::span<const std::uint8_t>;

struct Located {
  std::string text;
  std::uint32_t first = 0;  ///< byte
  std::uint32_t end = 0;
};

std::optional<Located> field_of(const HeaderField& field, Frame frame, const Layers& layers) {
  const auto offset = locate(field, frame, layers);
  if (!offset) return std::nullopt;
  Located located{show_field(field, frame, *offset), *offset + field.bit_offset / 8U,
                  *offset + (field.bit_offset + field.bits + 7U) / 8U};
  if (field.name.ends_with("checksum"))
    located.text = fmt::format("{:#06x}", read_integer(field, frame, *offset));
  return located;
}

/// The places of `frame`, of a row of 16, in hexadecimal; places behind its end are blank.
std::string hex_row(Frame frame, std::size_t row) {
  std::string text;
  for (std::size_t i = row; i < row + 16; ++i)
    text += i < frame.size() ? fmt::format("{:02x} ", frame[i]) : "   ";
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string marks(Frame a, Frame b, std::size_t row) {
  std::string text;
  for (std::size_t i = row; i < row + 16; ++i) {
    const bool same = i < a.size() && i < b.size() ? a[i] == b[i] : i >= a.size() && i >= b.size();
    text += same ? "   " : "^^ ";
  }
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string hex_difference(Frame expected, Frame got, const std::string& indent) {
  constexpr int kMostRows = 8;
  std::string text;
  int rows = 0;
  for (std::size_t row = 0; row < std::max(expected.size(), got.size()); row += 16) {
    const std::string mark = marks(expected, got, row);
    if (mark.empty()) continue;
    if (++rows > kMostRows) return text + indent + "... more rows differ\n";
    text += fmt::format("{}{:04x}  expected  {}\n{}      got       {}\n{}                {}\n", indent, row,
                        hex_row(expected, row), indent, hex_row(got, row), indent, mark);
  }
  return text;
}

}  // namespace

PacketChange compare_packets(Frame before, Frame after) {
  PacketChange change;
  change.length_before = before.size();
  change.length_after = after.size();
  const Layers layers_before = parse_layers(before);
  const Layers layers_after = parse_layers(after);
  std::vector<bool> named(after.size(), false);
  for (const HeaderField& field : header_fields()) {
    const auto a = field_of(field, before, layers_before);
    const auto b = field_of(field, after, layers_after);
    if (!a && !b) continue;
    if (a && b && a->text == b->text) continue;
    change.fields.push_back({field.name, a ? a->text : "", b ? b->text : ""});
    if (b)
      std::fill(named.begin() + b->first, named.begin() + std::min<std::ptrdiff_t>(b->end, std::ssize(named)),
                true);
  }
  if (before.size() == after.size())
    for (std::size_t i = 0; i < after.size(); ++i)
      if (before[i] != after[i] && !named[i]) change.other_bytes.push_back(i);
  return change;
}

std::string describe_change(Frame before, Frame after) {
  constexpr std::size_t kMostFields = 12;
  constexpr std::size_t kMostBytes = 4;
  const PacketChange change = compare_packets(before, after);
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (change.length_before != change.length_after)
    add(fmt::format("length {} -> {}", change.length_before, change.length_after));
  for (std::size_t i = 0; i < std::min(kMostFields, change.fields.size()); ++i) {
    const auto& field = change.fields[i];
    if (field.before.empty())
      add(fmt::format("+{} {}", field.name, field.after));
    else if (field.after.empty())
      add(fmt::format("-{}", field.name));
    else
      add(fmt::format("{} {} -> {}", field.name, field.before, field.after));
  }
  if (change.fields.size() > kMostFields)
    add(fmt::format("and {} more fields", change.fields.size() - kMostFields));
  for (std::size_t i = 0; i < std::min(kMostBytes, change.other_bytes.size()); ++i) {
    const std::size_t at = change.other_bytes[i];
    add(fmt::format("byte {} {:02x} -> {:02x}", at, before[at], after[at]));
  }
  if (change.other_bytes.size() > kMostBytes)
    add(fmt::format("and {} more bytes", change.other_bytes.size() - kMostBytes));
  return text;
}

std::string difference_text(Frame expected, Frame got, std::size_t indent_width) {
  const std::string indent(indent_width, ' ');
  const auto length = [](Frame frame) { return static_cast<std::uint32_t>(frame.size()); };
  std::string text =
      fmt::format("{0}expected  {1:>5} bytes  {2}\n{0}got       {3:>5} bytes  {4}\n", indent, expected.size(),
                  describe_frame(expected, length(expected)), got.size(), describe_frame(got, length(got)));
  const PacketChange change = compare_packets(expected, got);
  for (const auto& field : change.fields)
    text += fmt::format("{}  {:<14}  expected {:<24}  got {}\n", indent, field.name,
                        field.before.empty() ? "(no such field)" : field.before,
                        field.after.empty() ? "(no such field)" : field.after);
  return text + hex_difference(expected, got, indent);
}

std::string hex_text(Frame bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string_view kind_name(ExitKind kind) {
  switch (kind) {
    case ExitKind::output:
      return "output";
    case ExitKind::sent:
      return "sent";
    case ExitKind::intended:
      return "intended";
    case ExitKind::fault:
      return "fault";
    case ExitKind::consumed:
      return "consumed";
  }
  return "";
}

}  // namespace ixyflow::tools
