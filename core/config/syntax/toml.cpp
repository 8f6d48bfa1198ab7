#include "core/config/syntax/toml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/config/syntax/pipeline_file.hpp"

// toml++ asserts what it takes for granted about a file, and a release build has the compiler rely on it.
// Files are foreign data: what it asserts is checked in every build, and a failure is a syntax error like any
// other.
namespace ixyflow {
[[noreturn]] static void fail_toml_assertion(const char* condition);
}
#undef NDEBUG
#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::ixyflow::fail_toml_assertion(#condition))
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "core/config/syntax/redefinition.hpp"
#include "core/config/syntax/scan_toml.hpp"

namespace ixyflow {

static void fail_toml_assertion(const char* condition) {
  throw std::logic_error(fmt::format("the parser expected {}", condition));
}

namespace {

SourceRange range_of(const toml::source_region& region) {
  const auto& [begin, end] = std::pair(region.begin, region.end);
  return {begin.line, begin.column,
          begin.line == end.line && end.column > begin.column ? end.column - begin.column : 1};
}

/// Turns the parser's tree into ours. Recursion is bounded by the limits that the text was scanned for.
class Converter {
 public:
  explicit Converter(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// The parser sorts tables by name; we want the order of the file.
  Value::Table table(const toml::table& source) {
    Value::Table result;
    result.reserve(source.size());
    for (const auto& [key, node] : source)
      result.push_back({std::string(key.str()), range_of(key.source()), value(node)});
    std::ranges::stable_sort(result, {}, [](const Value::Entry& entry) {
      return std::pair(entry.where.line, entry.where.column);
    });
    return result;
  }

 private:
  Value value(const toml::node& node) {
    const SourceRange where = range_of(node.source());
    if (const auto* nested = node.as_table()) return Value(table(*nested), where);
    if (const auto* array = node.as_array()) {
      Value::List list;
      list.reserve(array->size());
      for (const toml::node& item : *array) list.push_back(value(item));
      return Value(std::move(list), where);
    }
    if (const auto* text = node.as_string()) return Value(text->get(), where);
    if (const auto* number = node.as_integer()) return Value(number->get(), where);
    if (const auto* number = node.as_floating_point()) return Value(number->get(), where);
    if (const auto* flag = node.as_boolean()) return Value(flag->get(), where);
    diagnostics_.error(where, "dates and times have no meaning in a pipeline file", "write it as a string");
    return Value({}, where);
  }

  Diagnostics& diagnostics_;
};

/// The place of a number that the parser quotes in its message `what`, and behind which it stopped.
SourceRange before(SourceRange end, std::string_view what) {
  const std::size_t open = what.find('\'');
  const std::size_t close = what.rfind('\'');
  const auto length = static_cast<std::uint32_t>(close - open - 1);
  return open < close && length < end.column ? SourceRange{end.line, end.column - length, length} : end;
}

void report(const toml::parse_error& error, std::string_view text, Diagnostics& diagnostics) {
  const toml::source_position at = error.source().begin;
  std::string_view what = error.description();
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (what.starts_with(kPrefix)) what.remove_prefix(kPrefix.size());
  if (what.find("redefine") != std::string_view::npos) {
    report_redefinition(text, {at.line, at.column, 1}, diagnostics);
    return;
  }
  SourceRange where{at.line, at.column, 1};
  if (what.ends_with("is not representable in 64 bits")) where = before(where, what);
  diagnostics.error(where, fmt::format("TOML syntax error in a {}", printable(what)));
}

}  // namespace

std::optional<PipelineFile> parse_pipeline(std::string path, std::string text, Diagnostics& diagnostics) {
  if (!scan_toml(text, diagnostics)) return std::nullopt;
  const std::size_t errors = diagnostics.errors();
  PipelineFile file{std::move(path), std::move(text), {}};
  try {
    file.root = Converter(diagnostics).table(toml::parse(std::string_view(file.text)));
  } catch (const toml::parse_error& error) {
    report(error, file.text, diagnostics);
  } catch (const std::exception& error) {
    diagnostics.error({}, fmt::format("the file cannot be parsed: {}", printable(error.what())));
  }
  if (diagnostics.errors() > errors) return std::nullopt;
  return file;
}

std::optional<Value> parse_toml_value(std::string_view text) {
  const std::string line = fmt::format("value = {}", text);
  Diagnostics ignored;
  if (text.find('\n') != std::string_view::npos || !scan_toml(line, ignored)) return std::nullopt;
  try {
    const toml::table parsed = toml::parse(std::string_view(line));
    Value::Table table = Converter(ignored).table(parsed);
    if (!ignored.ok() || table.size() != 1) return std::nullopt;
    return Value(table.front().value.data());
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace ixyflow
