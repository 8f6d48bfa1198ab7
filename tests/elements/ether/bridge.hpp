#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "elements/ether/ether_table.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::test {

using elements::EtherTable;
using Exits = std::vector<std::string>;

constexpr const char* kEverybody = "ff:ff:ff:ff:ff:ff";

inline const ResourceSpec& ether_table_spec() {
  return *ResourceRegistry::instance().find("EtherTable");
}

/// A table with parameters in TOML, to which the entries were added.
inline std::unique_ptr<EtherTable> table_of(const std::vector<std::string>& entries = {},
                                            std::string_view toml = "") {
  auto table = std::make_unique<EtherTable>();
  Diagnostics diagnostics;
  const Value::Table parameters = parse_toml(toml);
  REQUIRE(
      apply_parameters(table.get(), parameters, ether_table_spec().parameters, {}, "table", {}, diagnostics));
  ResourceConfiguration configuration{diagnostics, parameters, {}, "table"};
  table->configure(configuration);
  for (const std::string& entry : entries) REQUIRE(table->add(entry));
  return table;
}

inline std::string station(unsigned number) {
  return fmt::format("02:00:00:{:02x}:{:02x}:{:02x}", number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff);
}

inline Bytes frame(const std::string& from, const std::string& to) {
  return ethernet({.destination = to, .source = from, .type = 0x88b5}, counting(46));
}

/// A switch with so many ports, and its table.
struct Bridge {
  explicit Bridge(PortIndex ports = 3, std::unique_ptr<EtherTable> made = table_of(),
                  std::string_view toml = "", HarnessOptions options = {})
      : table(std::move(made)) {
    options.inputs = options.outputs = ports;
    options.resource = table.get();
    harness =
        std::make_unique<ElementHarness>("EtherSwitch", fmt::format("table = \"t\"\n{}", toml), options);
  }
  /// Where the frame went.
  Exits send(PortIndex input, const std::string& from, const std::string& to) {
    return exits_of(harness->send_batch({frame(from, to)}, input));
  }
  [[nodiscard]] std::uint64_t table_counter(std::string_view name) const {
    const auto& counters = ether_table_spec().counters;
    const auto found = std::ranges::find(counters, name, &ResourceCounterSpec::name);
    REQUIRE(found != counters.end());
    return found->value(*table);
  }

  std::unique_ptr<EtherTable> table;
  std::unique_ptr<ElementHarness> harness;
};

}  // namespace ixyflow::test
