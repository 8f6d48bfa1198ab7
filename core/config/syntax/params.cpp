#include "core/config/syntax/params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/base/text/name_rules.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/config/syntax/toml.hpp"

namespace ixyflow {
namespace {

/// The text of --set as a value of the same type as `declared`.
std::optional<Value> of_same_type(const Value& declared, const std::string& text) {
  if (declared.get_if<std::string>() != nullptr) return Value(text);
  auto value = parse_toml_value(text);
  if (!value) return std::nullopt;
  const auto* number = value->get_if<std::int64_t>();
  if (number != nullptr && declared.get_if<double>() != nullptr) return Value(static_cast<double>(*number));
  if (value->data().index() != declared.data().index()) return std::nullopt;
  return value;
}

/// A value for a parameter that the file uses without declaring it: a number or a boolean if it reads as one.
Value of_any_type(const std::string& text) {
  auto value = parse_toml_value(text);
  const bool scalar = value && (value->get_if<std::int64_t>() != nullptr ||
                                value->get_if<double>() != nullptr || value->get_if<bool>() != nullptr);
  return scalar ? *std::move(value) : Value(text);
}

/// Reports a dollar that begins no parameter; `text` begins with it.
void report_dollar(std::string_view text, SourceRange where, Diagnostics& diagnostics) {
  if (text.starts_with("${}"))
    return diagnostics.error(where, "a parameter has a name: ${name}", "write $$ for a dollar");
  if (text.starts_with("${"))
    return diagnostics.error(where, fmt::format("'{}' is not closed", printable(text.substr(0, 40))),
                             "} is missing");
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const auto end = std::find_if_not(text.begin() + 1, text.end(), is_word);
  const std::string name(text.begin() + 1, end);
  if (name.empty() || (name[0] >= '0' && name[0] <= '9'))
    return diagnostics.error(where, "'$' starts a parameter, ${name}", "write $$ for a dollar");
  diagnostics.error(where, fmt::format("'${}' is no parameter: it is written ${{name}}", printable(name, 60)),
                    "environment variables are not read: use [params] and --set; $$ is a dollar");
}

}  // namespace

/// A stretch of a text: literal, or what a parameter stands for.
struct Parameters::Piece {
  std::string_view literal;
  std::string_view name;   ///< of a parameter; empty for a literal
  std::size_t offset = 0;  ///< in the text
};

Parameters::Parameters(const Value::Table& table, const std::vector<std::pair<std::string, std::string>>& set,
                       Diagnostics& diagnostics)
    : diagnostics_(diagnostics) {
  for (const Value::Entry& entry : table) {
    if (!is_instance_name(entry.key))
      diagnostics_.error(entry.where, fmt::format("'{}' is no name for a parameter", printable(entry.key)),
                         "names are lower-case letters, digits and '_'");
    else if (entry.value.get_if<Value::Table>() != nullptr)
      diagnostics_.error(entry.value.where(),
                         fmt::format("parameter '{}' takes a plain value, not a table", entry.key));
    else
      values_.push_back(entry);
  }
  for (const auto& [name, text] : set) {
    outside_.insert(name);
    this->set(name, text);
  }
}

void Parameters::set(const std::string& name, const std::string& text) {
  const auto entry = std::ranges::find(values_, name, &Value::Entry::key);
  if (entry == values_.end()) {
    undeclared_.push_back(name);
    values_.push_back({name, {}, of_any_type(text)});
    return;
  }
  if (auto value = of_same_type(entry->value, text))
    entry->value = *std::move(value);
  else
    diagnostics_.error(kCommandLine, fmt::format("--set {}={}: the parameter is {}", printable(name),
                                                 printable(text), entry->value.kind()));
}

const Value* Parameters::find_used(std::string_view name, SourceRange where) {
  used_.emplace(name);
  if (const Value::Entry* entry = find(values_, name)) return &entry->value;
  std::vector<std::string> names;
  for (const Value::Entry& entry : values_) names.push_back(entry.key);
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = fmt::format("declare it in [params], or give --set {}=VALUE", printable(name));
  diagnostics_.error(where, fmt::format("parameter '{}' has no value", printable(name)), std::move(hint));
  return nullptr;
}

/// Mistakes are reported at `where`, or exactly where `places` are known.
std::vector<Parameters::Piece> Parameters::pieces(std::string_view text, const LocatedText* places,
                                                  SourceRange where) {
  std::vector<Piece> result;
  std::size_t done = 0;
  while (done < text.size()) {
    const std::size_t dollar = std::min(text.find('$', done), text.size());
    if (dollar > done) result.push_back({text.substr(done, dollar - done), {}, done});
    if (dollar == text.size()) break;
    const std::size_t close = text.find('}', dollar);
    if (text.substr(dollar).starts_with("$$")) {
      result.push_back({text.substr(dollar, 1), {}, dollar});
      done = dollar + 2;
    } else if (text.substr(dollar).starts_with("${") && close != std::string_view::npos &&
               close > dollar + 2 && text.find('$', dollar + 1) > close) {
      result.push_back({{}, text.substr(dollar + 2, close - dollar - 2), dollar});
      done = close + 1;
    } else {
      report_dollar(text.substr(dollar), places != nullptr ? places->range(dollar, dollar + 1) : where,
                    diagnostics_);
      done = dollar + 1;
    }
  }
  return result;
}

std::string Parameters::text_of(const Value& value, std::string_view name, SourceRange where) {
  if (const auto* text = value.get_if<std::string>()) return *text;
  if (value.get_if<Value::List>() == nullptr) return value.show();
  diagnostics_.error(where, fmt::format("parameter '{}' is a list and cannot stand inside a text", name));
  return "";
}

Value Parameters::substitute(const Value& value) {
  if (const auto* table = value.get_if<Value::Table>()) return Value(substitute(*table), value.where());
  if (const auto* list = value.get_if<Value::List>()) {
    Value::List result;
    result.reserve(list->size());
    for (const Value& item : *list) result.push_back(substitute(item));
    return Value(std::move(result), value.where());
  }
  const auto* text = value.get_if<std::string>();
  if (text == nullptr || text->find('$') == std::string::npos) return value;

  const std::vector<Piece> parts = pieces(*text, nullptr, value.where());
  if (parts.size() == 1 && !parts.front().name.empty()) {
    const Value* parameter = find_used(parts.front().name, value.where());
    if (parameter == nullptr) return value;
    if (const auto* whole = parameter->get_if<std::string>())
      note_outside(parts.front().name, value.where(), {0, whole->size()});
    return Value(parameter->data(), value.where());
  }
  std::string result;
  for (const Piece& part : parts) {
    const std::size_t begin = result.size();
    if (part.name.empty())
      result += part.literal;
    else if (const Value* parameter = find_used(part.name, value.where()))
      result += text_of(*parameter, part.name, value.where());
    note_outside(part.name, value.where(), {begin, result.size()});
  }
  return Value(std::move(result), value.where());
}

void Parameters::note_outside(std::string_view name, SourceRange where, Stretch stretch) {
  if (outside_.contains(name)) from_outside_[{where.line, where.column}].push_back(stretch);
}

bool Parameters::given_outside(SourceRange where, std::size_t offset) const {
  const auto found = from_outside_.find({where.line, where.column});
  return found != from_outside_.end() && std::ranges::any_of(found->second, [offset](const Stretch& stretch) {
           return stretch.begin <= offset && offset < stretch.end;
         });
}

Value::Table Parameters::substitute(const Value::Table& table) {
  Value::Table result;
  result.reserve(table.size());
  for (const Value::Entry& entry : table) result.push_back({entry.key, entry.where, substitute(entry.value)});
  return result;
}

LocatedText Parameters::expand(const LocatedText& text) {
  LocatedText result;
  for (const Piece& part : pieces(text.text, &text, {})) {
    if (part.name.empty()) {
      const auto from = text.at.begin() + static_cast<std::ptrdiff_t>(part.offset);
      result.text += part.literal;
      result.at.insert(result.at.end(), from, from + static_cast<std::ptrdiff_t>(part.literal.size()));
    } else {
      const SourceRange where = text.range(part.offset, part.offset + part.name.size() + 3);
      const Value* parameter = find_used(part.name, where);
      const std::string inserted = parameter != nullptr ? text_of(*parameter, part.name, where) : "";
      result.text += inserted;
      result.at.insert(result.at.end(), inserted.size(), where);
    }
  }
  result.at.push_back(text.at.back());
  return result;
}

void Parameters::report_unused() {
  std::vector<std::string> names;
  for (const Value::Entry& entry : values_)
    if (std::ranges::find(undeclared_, entry.key) == undeclared_.end()) names.push_back(entry.key);
  for (const std::string& name : undeclared_)
    if (!used_.contains(name))
      diagnostics_.error(
          kCommandLine, fmt::format("--set {}: the pipeline has no such parameter", printable(name)),
          names.empty() ? "the file has no [params]" : nearest_or_list(name, "parameters", names));
}

}  // namespace ixyflow
