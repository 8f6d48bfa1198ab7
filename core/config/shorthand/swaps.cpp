#include "core/config/shorthand/swaps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text/suggestion.hpp"
#include "core/config/shorthand/argument_table.hpp"
#include "core/config/syntax/arguments.hpp"
#include "core/device/foreign_drivers.hpp"

namespace ixyflow {
namespace {

std::string driver_hint(std::string_view driver) {
  std::string hint = foreign_driver_hint(driver);
  return hint.empty() ? nearest_or_list(driver, "drivers", PortRegistry::instance().names()) : hint;
}

class SwapParser {
 public:
  SwapParser(std::string_view port, std::string_view text, Diagnostics& diagnostics)
      : what_(fmt::format("--swap {}={}", printable(port), printable(text))),
        text_(text),
        diagnostics_(diagnostics) {}

  std::optional<SwapText> parse() {
    const std::size_t colon = std::min(text_.find(':'), text_.size());
    const std::string_view driver = text_.substr(0, colon);
    result_.spec = PortRegistry::instance().find(driver);
    if (result_.spec == nullptr) {
      fail(fmt::format("there is no driver '{}'", printable(driver)), driver_hint(driver));
      return std::nullopt;
    }
    if (colon < text_.size()) result_.parameters = parameters(text_.substr(colon + 1));
    return failed_ ? std::nullopt : std::optional(std::move(result_));
  }

 private:
  void fail(const std::string& text, std::string hint = {}) {
    diagnostics_.error(kCommandLine, fmt::format("{}: {}", what_, text), std::move(hint));
    failed_ = true;
  }

  Value::Table parameters(std::string_view text) {
    // The command line has no places.
    const LocatedText located{std::string(text), std::vector<SourceRange>(text.size() + 1, kCommandLine)};
    Value::Table table = table_of_arguments(
        split_arguments(located, 0, text.size()), result_.spec->parameters, result_.spec->positional,
        "the driver",
        [this](SourceRange, const std::string& wrong, std::string hint) { fail(wrong, std::move(hint)); });
    std::vector<std::string> names;
    for (const ParameterSpec& known : result_.spec->parameters) names.push_back(known.name);
    for (const Value::Entry& entry : table)
      if (std::ranges::find(names, entry.key) == names.end())
        fail(fmt::format("the driver has no parameter '{}'", printable(entry.key)),
             nearest_or_list(entry.key, "parameters", names));
    return table;
  }

  std::string what_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  SwapText result_;
  bool failed_ = false;
};

}  // namespace

std::optional<SwapText> parse_swap(std::string_view port, std::string_view text, Diagnostics& diagnostics) {
  return SwapParser(port, text, diagnostics).parse();
}

}  // namespace ixyflow
