#include "elements/ip/ipv4_table.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/diagnostics.hpp"

namespace ixyflow::elements {

Ipv4Ranges::Ipv4Ranges(const std::vector<Ipv4Route>& routes) {
  /// A prefix that the sweep is inside of; those further in are on top.
  struct Open {
    std::uint64_t end = 0;  ///< first address behind it
    PortIndex output = kNoRoute;
  };
  std::vector<Open> open{{std::uint64_t{1} << 32, kNoRoute}};
  begin(0, kNoRoute);
  const auto close_until = [&](std::uint64_t address) {
    while (open.back().end <= address && open.size() > 1) {
      const std::uint64_t end = open.back().end;
      open.pop_back();
      if (end < std::uint64_t{1} << 32) begin(static_cast<std::uint32_t>(end), open.back().output);
    }
  };
  for (const Ipv4Route& route : routes) {
    const std::uint32_t start = number_of(route.prefix.address);
    close_until(start);
    open.push_back({start + (std::uint64_t{1} << (32 - route.prefix.length)), route.output});
    begin(start, route.output);
  }
  close_until(std::uint64_t{1} << 32);
}

/// From `start` on, which is not before the last range, `output` is the answer.
void Ipv4Ranges::begin(std::uint32_t start, PortIndex output) {
  if (!starts_.empty() && starts_.back() == start) {
    starts_.pop_back();
    outputs_.pop_back();
  }
  if (!outputs_.empty() && outputs_.back() == output) return;
  starts_.push_back(start);
  outputs_.push_back(output);
}

std::string show(const Ipv4Route& route) {
  return ixyflow::show(route.prefix) + " " + std::to_string(route.output);
}

void IPv4Table::describe(ResourceSpecOf<IPv4Table>& spec) {
  spec.doc(
          "Routes of IPv4 prefixes to numbers of outputs; the longest prefix that an address is of wins. "
          "Elements on any cores look up in one table, and entries can be added and removed while they do. "
          "Meant for up to some thousand routes (65,536 at most): a change makes the whole table anew.")
      .example(R"([resources.routes]
type = "IPv4Table"
entries = ["0.0.0.0/0 0", "10.0.0.0/8 1", "10.1.2.0/24 2"])");
  spec.param("entries", &IPv4Table::written_,
             "what stands in it from the start: \"PREFIX OUTPUT\", in any order, no prefix twice");
}

void IPv4Table::configure(ResourceConfiguration& configuration) {
  routes_.clear();
  const Value::Entry* entries = find(configuration.parameters, "entries");
  const Value::List* list = entries != nullptr ? entries->value.get_if<Value::List>() : nullptr;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
    if (const auto inserted = insert(written_[i]); !inserted)
      configuration.diagnostics.error((*list)[i].where(), configuration.owner + ": " + inserted.error().text);
  publish();
}

Result<void> IPv4Table::add(std::string_view entry) {
  if (auto inserted = insert(entry); !inserted) return inserted;
  publish();
  return {};
}

Result<void> IPv4Table::remove(std::string_view entry) {
  const auto prefix = parse_ipv4_prefix(entry);
  if (!prefix)
    return fail(ExitCode::no, "'" + printable(entry, 60) + "' is no prefix such as \"10.0.0.0/8\"");
  const auto place = place_of(*prefix);
  if (place == routes_.end() || place->prefix != *prefix)
    return fail(ExitCode::no, "there is no entry for '" + ixyflow::show(*prefix) + "'");
  routes_.erase(place);
  publish();
  return {};
}

std::vector<std::string> IPv4Table::entries() const {
  std::vector<std::string> texts;
  for (const Ipv4Route& route : routes_) texts.push_back(elements::show(route));
  return texts;
}

/// Where `prefix` stands or would have to be put.
std::vector<Ipv4Route>::iterator IPv4Table::place_of(const Ipv4Prefix& prefix) {
  return std::lower_bound(routes_.begin(), routes_.end(), prefix,
                          [](const Ipv4Route& route, const Ipv4Prefix& wanted) {
                            return std::pair(route.prefix.address, route.prefix.length) <
                                   std::pair(wanted.address, wanted.length);
                          });
}

/// Puts the entry among the routes; publishes nothing.
Result<void> IPv4Table::insert(std::string_view entry) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t space = std::min(entry.find_first_of(kBlanks), entry.size());
  const std::size_t number = std::min(entry.find_first_not_of(kBlanks, space), entry.size());
  const auto prefix = parse_ipv4_prefix(entry.substr(0, space));
  if (!prefix)
    return fail(ExitCode::no, "'" + printable(entry, 60) +
                                  "' does not begin with a prefix such as \"10.0.0.0/8\" (bits behind the "
                                  "prefix must be 0)");
  std::uint32_t output = 0;
  const char* const end = entry.data() + entry.size();
  const auto [stop, error] = std::from_chars(entry.data() + number, end, output);
  if (error != std::errc() || stop != end || output >= kMaxOutputs)
    return fail(ExitCode::no, "'" + printable(entry, 60) +
                                  "' does not end with the number of an output, 0 to " +
                                  std::to_string(kMaxOutputs - 1) + ": \"" + ixyflow::show(*prefix) + " 0\"");
  const auto place = place_of(*prefix);
  if (place != routes_.end() && place->prefix == *prefix)
    return fail(ExitCode::no, "there already is the entry '" + elements::show(*place) + "'");
  if (routes_.size() == kMaxRoutes)
    return fail(ExitCode::no,
                "the table holds " + std::to_string(kMaxRoutes) + " entries, and that is the most");
  routes_.insert(place, {*prefix, static_cast<PortIndex>(output)});
  return {};
}

void IPv4Table::publish() {
  if (auto before = versions_.publish(std::make_shared<const Ipv4Ranges>(routes_))) retire(std::move(before));
}

IXYFLOW_RESOURCE(IPv4Table);

}  // namespace ixyflow::elements
