#include "core/config/swaps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text/name_rules.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/config/foreign_drivers.hpp"
#include "core/config/syntax/toml.hpp"

namespace ixyflow {
namespace {

/// Splits at commas outside of quotes and brackets.
std::vector<std::string_view> arguments(std::string_view text) {
  std::vector<std::string_view> result;
  std::size_t begin = 0;
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    } else if (c == ',' && depth == 0) {
      result.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  result.push_back(text.substr(begin));
  return result;
}

/// Numbers, booleans, lists and quoted texts are TOML; the rest is taken as it is written.
Value value_of(const ParameterSpec& spec, std::string_view text) {
  if (spec.shape != ParameterShape::string || text.starts_with('"'))
    if (auto value = parse_toml_value(text)) return *std::move(value);
  return Value(std::string(text));
}

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
    if (colon + 1 < text_.size())
      for (const std::string_view argument : arguments(text_.substr(colon + 1))) add(argument);
    return failed_ ? std::nullopt : std::optional(std::move(result_));
  }

 private:
  void fail(const std::string& text, std::string hint = {}) {
    diagnostics_.error(kCommandLine, fmt::format("{}: {}", what_, text), std::move(hint));
    failed_ = true;
  }

  [[nodiscard]] const ParameterSpec* parameter(std::string_view name) const {
    const auto spec = std::ranges::find(result_.spec->parameters, name, &ParameterSpec::name);
    return spec == result_.spec->parameters.end() ? nullptr : &*spec;
  }

  void add(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    if (equals != std::string_view::npos && is_instance_name(argument.substr(0, equals)))
      return give(argument.substr(0, equals), argument.substr(equals + 1));
    const std::size_t place = position_++;
    if (place >= result_.spec->positional.size())
      return fail(
          result_.spec->positional.empty()
              ? "the driver takes no values without a name"
              : fmt::format("the driver takes {} values without a name: {}", result_.spec->positional.size(),
                            fmt::join(result_.spec->positional, ", ")),
          fmt::format("write name={}", printable(argument, 40)));
    if (!argument.empty()) give(result_.spec->positional[place], argument);
  }

  void give(std::string_view name, std::string_view text) {
    const ParameterSpec* spec = parameter(name);
    if (spec == nullptr) {
      std::vector<std::string> names;
      for (const ParameterSpec& known : result_.spec->parameters) names.push_back(known.name);
      fail(fmt::format("the driver has no parameter '{}'", printable(name)),
           nearest_or_list(name, "parameters", names));
    } else if (find(result_.parameters, name) != nullptr) {
      fail(fmt::format("'{}' is given twice", name));
    } else {
      result_.parameters.push_back({std::string(name), {}, value_of(*spec, text)});
    }
  }

  std::string what_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  SwapText result_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

}  // namespace

std::optional<SwapText> parse_swap(std::string_view port, std::string_view text, Diagnostics& diagnostics) {
  return SwapParser(port, text, diagnostics).parse();
}

}  // namespace ixyflow
