#include "elements/ip/ipv4_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "core/element/entries.hpp"

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
  make_index();
}

/// With as many places as there are ranges, or up to twice as many: fewer would leave more to search, more
/// would be more to keep in the caches.
void Ipv4Ranges::make_index() {
  constexpr unsigned kMostBits = 20;
  const auto bits = std::min(static_cast<unsigned>(std::bit_width(starts_.size())), kMostBits);
  shift_ = 32 - bits;
  index_.reserve((std::size_t{1} << bits) + 1);
  std::uint32_t range = 0;
  for (std::uint64_t place = 0; place < std::uint64_t{1} << bits; ++place) {
    while (range + 1 < starts_.size() && starts_[range + 1] <= place << shift_) ++range;
    index_.push_back(range);
  }
  index_.push_back(static_cast<std::uint32_t>(starts_.size() - 1));
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
  return fmt::format("{} {}", ixyflow::show(route.prefix), route.output);
}

void IPv4Table::describe(ResourceSpecOf<IPv4Table>& spec) {
  spec.doc(
          "Routes of IPv4 prefixes to numbers of outputs; the longest prefix that an address is of wins. "
          "Elements on any cores look up in one table, and entries can be added and removed while they do. "
          "Meant for up to some thousand routes (65,536 at most): a change makes the whole table anew. A "
          "published resource: the control thread alone changes it.")
      .example(R"([resources.routes]
type = "IPv4Table"
entries = ["0.0.0.0/0 0", "10.0.0.0/8 1", "10.1.2.0/24 2"])");
  spec.param(
      "entries", &IPv4Table::written_,
      "what stands in it from the start: \"PREFIX OUTPUT\", in any order, no prefix twice; an address alone "
      "is one of 32 bits");
}

void IPv4Table::configure(ResourceConfiguration& configuration) {
  routes_.clear();
  insert_entries(configuration, written_, [this](std::string_view entry) { return insert(entry); });
  publish();
}

Result<void> IPv4Table::add(std::string_view entry) {
  std::vector<Ipv4Route> before = routes_;
  if (auto inserted = insert(entry); !inserted) return inserted;
  publish_instead_of(before);
  return {};
}

Result<void> IPv4Table::remove(std::string_view entry) {
  const auto prefix = read_key(entry, parse_ipv4_prefix, "is no prefix such as \"10.0.0.0/8\"");
  if (!prefix) return std::unexpected(prefix.error());
  const auto place = place_of(*prefix);
  if (place == routes_.end() || place->prefix != *prefix) return refuse_unknown(ixyflow::show(*prefix));
  std::vector<Ipv4Route> before = routes_;
  routes_.erase(place);
  publish_instead_of(before);
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
  const auto route = read_output_entry(
      entry, parse_ipv4_prefix,
      "does not begin with a prefix such as \"10.0.0.0/8\" (bits behind the prefix must be 0)");
  if (!route) return std::unexpected(route.error());
  if (auto wired = wired_.check(entry, route->output); !wired) return wired;
  const auto place = place_of(route->key);
  if (place != routes_.end() && place->prefix == route->key) return refuse_second(elements::show(*place));
  if (routes_.size() == kMaxRoutes)
    return fail(ExitCode::no, fmt::format("the table holds {} entries, and that is the most", kMaxRoutes));
  routes_.insert(place, {route->key, route->output});
  return {};
}

void IPv4Table::publish() {
  if (auto before = versions_.publish(std::make_shared<const Ipv4Ranges>(routes_))) retire(std::move(before));
}

/// Without memory for a version nothing has changed.
void IPv4Table::publish_instead_of(std::vector<Ipv4Route>& before) {
  try {
    publish();
  } catch (...) {
    routes_.swap(before);
    throw;
  }
}

IXYFLOW_RESOURCE(IPv4Table);

}  // namespace ixyflow::elements
