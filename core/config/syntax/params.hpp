#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"
#include "core/config/syntax/located_text.hpp"

namespace ixyflow {

/// `[params]` with what `--set` changed, and their use: `${name}` in any string, `$$` for a dollar.
class Parameters {
 public:
  /// `table` is `[params]`; `set` are the pairs of --set. A pair takes the type of the parameter that it
  /// overrides.
  Parameters(const Value::Table& table, const std::vector<std::pair<std::string, std::string>>& set,
             Diagnostics& diagnostics);

  /// `value` with every parameter in it replaced. A string that is nothing but `${name}` becomes the
  /// parameter's value with its type; its place stays that of the string.
  [[nodiscard]] Value substitute(const Value& value);
  [[nodiscard]] Value::Table substitute(const Value::Table& table);
  /// A text with every parameter replaced; what a parameter brought in is placed where its `${` stands.
  [[nodiscard]] LocatedText expand(const LocatedText& text);

  /// Reports names of --set that are neither declared nor used. Once, after the last substitution.
  void report_unused();

 private:
  struct Piece;
  std::vector<Piece> pieces(std::string_view text, const LocatedText* places, SourceRange where);
  const Value* find_used(std::string_view name, SourceRange where);
  void set(const std::string& name, const std::string& text);
  std::string text_of(const Value& value, std::string_view name, SourceRange where);

  Value::Table values_;
  std::vector<std::string> undeclared_;  ///< names of --set that [params] does not have
  std::set<std::string, std::less<>> used_;
  Diagnostics& diagnostics_;
};

}  // namespace ixyflow
