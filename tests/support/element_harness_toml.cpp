#include <stdexcept>

#include "core/config/load.hpp"
#include "tests/support/element_harness.hpp"

// A file of its own, so that tests without TOML do not link the rooms that read it.
namespace ixyflow::test {

Value::Table parse_toml(std::string_view toml) {
  Diagnostics diagnostics("parameters", std::string(toml));
  auto file = parse_pipeline("parameters", std::string(toml), diagnostics);
  if (!file || !diagnostics.ok()) throw std::runtime_error(diagnostics.render());
  return std::move(file->root);
}

ElementHarness::ElementHarness(std::string_view type, std::string_view toml, HarnessOptions options)
    : ElementHarness(type, parse_toml(toml), options) {}

ElementHarness::ElementHarness(std::string_view type, const char* toml, HarnessOptions options)
    : ElementHarness(type, parse_toml(toml), options) {}

std::string refusal(std::string_view type, std::string_view toml, HarnessOptions options) {
  return refusal(type, parse_toml(toml), options);
}

}  // namespace ixyflow::test
