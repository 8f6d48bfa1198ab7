#include "tools/ixyflow/views/element_rates.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string_view>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

const Value::List& items_of(const Value& object, std::string_view key) {
  static const Value::List kNone;
  const auto* list = member<Value::List>(object, key);
  return list != nullptr ? *list : kNone;
}

std::uint64_t count_at(const Value& object, std::string_view key) {
  if (const auto* large = member<std::uint64_t>(object, key)) return *large;
  const auto* number = member<std::int64_t>(object, key);
  return number != nullptr && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

double seconds_of(const Value& summary) {
  const auto* seconds = member<double>(summary, "seconds");
  return seconds != nullptr ? *seconds : 0;
}

struct ElementCounts {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
};

ElementCounts counts_of(const Value& element) {
  ElementCounts counts;
  for (const std::string_view key : {"in", "received", "created"}) counts.packets += count_at(element, key);
  for (const Value& exit : items_of(element, "exits")) {
    counts.bytes += count_at(exit, "bytes");
    const std::string kind = text_at(exit, "kind");
    if (text_at(exit, "to").empty() && kind != "sent" && kind != "consumed")
      counts.dropped += count_at(exit, "packets");
  }
  return counts;
}

double number_at(const Value& object, std::string_view key) {
  const auto* number = member<double>(object, key);
  return number != nullptr ? *number : 0;
}

}  // namespace

Value element_rates_json(const Value& before, const Value& after) {
  std::map<std::string, ElementCounts> earlier;
  for (const Value& element : items_of(before, "elements"))
    earlier[text_at(element, "name")] = counts_of(element);
  const double passed = seconds_of(after) - seconds_of(before);
  // A core that answers late shows older numbers than last time: nothing moved, rather than a negative rate.
  const auto rate = [passed](std::uint64_t now, std::uint64_t then) {
    return passed > 0 && now > then ? static_cast<double>(now - then) / passed : 0.0;
  };
  const auto rates_of = [&](const Value& element) {
    const ElementCounts now = counts_of(element);
    const ElementCounts then = earlier[text_at(element, "name")];
    return json_object({{"name", text_at(element, "name")},
                        {"type", text_at(element, "type")},
                        {"core", text_at(element, "core")},
                        {"packets_per_second", rate(now.packets, then.packets)},
                        {"bits_per_second", 8 * rate(now.bytes, then.bytes)},
                        {"dropped_per_second", rate(now.dropped, then.dropped)}});
  };
  return json_object(
      {{"seconds", seconds_of(after)}, {"elements", json_list(items_of(after, "elements"), rates_of)}});
}

std::string element_rates_text(const Value& rates, Look look) {
  using Align = TextTable::Align;
  TextTable table({{fmt::format("{:.1f} s", seconds_of(rates)), Align::left},
                   {"TYPE", Align::left, 2},
                   {"CORE", Align::left, 1},
                   {"PACKETS", Align::right},
                   {"BITS", Align::right, 3},
                   {"DROPPED", Align::right}});
  for (const Value& element : items_of(rates, "elements")) {
    const double dropped = number_at(element, "dropped_per_second");
    table.add({printable(text_at(element, "name")), printable(text_at(element, "type")),
               printable(text_at(element, "core")), scaled(number_at(element, "packets_per_second"), "pps"),
               scaled(number_at(element, "bits_per_second"), "bit/s"),
               dropped > 0 ? scaled(dropped, "pps") : "-"});
  }
  return table.render(look);
}

}  // namespace ixyflow::tools
