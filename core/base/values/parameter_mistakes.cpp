// What is wrong with declarations of parameters: see parameter_mistakes.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/base/text/name_rules.hpp"
#include "core/base/values/parameters.hpp"

namespace ixyflow {
namespace {

/// An example that is one boolean, number or string without escapes. Nothing: it is more than that, or none.
std::optional<Value> plain_value(std::string_view text) {
  if (text == "true" || text == "false") return Value(text == "true");
  const bool quoted = text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0];
  if (quoted && text.find('\\') == std::string_view::npos)
    return Value(std::string(text.substr(1, text.size() - 2)));
  const bool hexadecimal = text.starts_with("0x");
  const char* const begin = text.data() + (hexadecimal ? 2 : 0);
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (std::from_chars(begin, end, integer, hexadecimal ? 16 : 10) == std::from_chars_result{end, {}})
    return Value(integer);
  double number = 0;
  if (std::from_chars(begin, end, number) == std::from_chars_result{end, {}}) return Value(number);
  return std::nullopt;
}

/// Looks at one declaration among all, of which those before it are known to be right or reported.
class ParameterCheck {
 public:
  ParameterCheck(const ParameterSpec& spec, void* object, std::vector<std::string>& mistakes)
      : spec_(spec), object_(object), mistakes_(mistakes) {}

  void check_name(const std::vector<std::string>& reserved) {
    if (!is_instance_name(spec_.name))
      add("is no name: a small letter, then small letters, digits and underscores");
    if (std::ranges::find(reserved, spec_.name) != reserved.end())
      add("has the name of a key that means something else");
  }

  void check_against(const ParameterSpec& other) {
    if (other.name == spec_.name)
      add("is declared twice");
    else if (spec_.member != nullptr && other.member == spec_.member)
      add(fmt::format("has the same member as parameter '{}'", other.name));
  }

  void check_values() {
    if (spec_.member == nullptr) return add("is declared without a member: the pointer to it is null");
    check_choices();
    check_range();
    if (spec_.or_port && !refusal(Value(std::string("port:p"))).empty())
      add(fmt::format("cannot be given as that of a port (or_port): its type is {}, no address",
                      spec_.type.substr(0, spec_.type.find(" or port:"))));
    if (!spec_.example.empty()) check_example();
  }

 private:
  void add(std::string_view text) { mistakes_.push_back(fmt::format("parameter '{}' {}", spec_.name, text)); }

  void check_choices() {
    const std::vector<std::string>& words = spec_.choices;
    if (words.empty() && spec_.type.empty()) return add("is a choice of no words");
    for (auto word = words.begin(); word != words.end(); ++word) {
      if (word->empty() || printable(*word) != *word || word->find_first_of("\"\\|") != std::string::npos)
        add(fmt::format("has a choice that is no word: '{}'", *word));
      if (std::find(words.begin(), word, *word) != word) add(fmt::format("has the choice '{}' twice", *word));
    }
    if (!words.empty() && !spec_.required && spec_.default_text.empty())
      add("has a default that is none of its choices");
  }

  void check_range() {
    constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
    const std::int64_t low = spec_.minimum.value_or(kLowest);
    const std::int64_t high = spec_.maximum.value_or(kHighest);
    const bool given = spec_.minimum != spec_.lowest || spec_.maximum != spec_.highest;
    const auto outside = [&](std::int64_t number) { return number < low || number > high; };
    if (given && !spec_.limitable)
      add(fmt::format("has a range, which its type cannot have: {}", spec_.type));
    else if (low > high)
      add(fmt::format("has a range whose ends are the wrong way round: {}", spec_.range()));
    else if (low < spec_.lowest.value_or(kLowest) || high > spec_.highest.value_or(kHighest))
      add(fmt::format("has a range that its member cannot hold: {} is not within {}..{}", spec_.range(),
                      *spec_.lowest, *spec_.highest));
    else if (!spec_.required && std::ranges::any_of(spec_.default_numbers, outside))
      add(fmt::format("has a default outside of its range: {} is not in {}", spec_.default_text,
                      spec_.range()));
  }

  /// Lists, tables and strings with escapes are known by how they begin: no file is read here.
  void check_example() {
    const char first = spec_.example.front();
    const auto value = plain_value(spec_.example);
    if (!value && first != '[' && first != '{' && first != '"')
      return add(fmt::format("has an example that is no value: {}", spec_.example));
    const bool holds_values = spec_.shape == ParameterShape::list || spec_.shape == ParameterShape::table ||
                              spec_.shape == ParameterShape::any;
    if (!value && first != '"' && !holds_values)
      return add(fmt::format("has an example of another type: {}", spec_.example));
    if (const std::string why = value ? refusal(*value) : ""; !why.empty())
      add("has an example that it refuses: " + why);
  }

  /// What the parameter says against `value`; "" when it takes it.
  [[nodiscard]] std::string refusal(const Value& value) const {
    Diagnostics diagnostics;
    if (spec_.set(object_, value, spec_, diagnostics)) return "";
    return diagnostics.sorted().empty() ? "it does not say why" : diagnostics.sorted().front().text;
  }

  const ParameterSpec& spec_;
  void* object_;
  std::vector<std::string>& mistakes_;
};

}  // namespace

std::vector<std::string> parameter_mistakes(const std::vector<ParameterSpec>& parameters,
                                            const std::vector<std::string>& reserved, void* object) {
  std::vector<std::string> mistakes;
  for (auto spec = parameters.begin(); spec != parameters.end(); ++spec) {
    ParameterCheck check(*spec, object, mistakes);
    check.check_name(reserved);
    const auto same = std::find_if(parameters.begin(), spec, [&](const ParameterSpec& other) {
      return other.name == spec->name || (spec->member != nullptr && other.member == spec->member);
    });
    if (same != spec) check.check_against(*same);
    check.check_values();
  }
  return mistakes;
}

}  // namespace ixyflow
