#include "core/config/swaps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/text/name_rules.hpp"
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
      fail(fmt::format("there is no driver '{}'", printable(driver)),
           did_you_mean(driver, PortRegistry::instance().names()));
      return std::nullopt;
    }
    if (colon + 1 < text_.size())
      for (const std::string_view argument : arguments(text_.substr(colon + 1))) add(argument);
    return failed_ ? std::nullopt : std::optional(std::move(result_));
  }

 private:
  void fail(const std::string& text, std::string hint = {}) {
    diagnostics_.error({}, fmt::format("{}: {}", what_, text), std::move(hint));
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
      return fail(fmt::format("the driver takes {} values without a name", result_.spec->positional.size()),
                  "write name=value");
    if (!argument.empty()) give(result_.spec->positional[place], argument);
  }

  void give(std::string_view name, std::string_view text) {
    const ParameterSpec* spec = parameter(name);
    if (spec == nullptr) {
      std::vector<std::string> names;
      for (const ParameterSpec& known : result_.spec->parameters) names.push_back(known.name);
      fail(fmt::format("the driver has no parameter '{}'", printable(name)), did_you_mean(name, names));
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
