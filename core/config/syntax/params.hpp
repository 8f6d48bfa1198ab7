#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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
  /// `table` is `[params]`; `set` are the pairs of --set.
  Parameters(const Value::Table& table, const std::vector<std::pair<std::string, std::string>>& set,
             Diagnostics& diagnostics);
  /// Overrides a parameter, as --set does: the text is taken as one of its type.
  void set(const std::string& name, const std::string& text);

  /// `value` with every parameter in it replaced. A string that is nothing but `${name}` becomes the
  /// parameter's value with its type; its place stays that of the string.
  [[nodiscard]] Value substitute(const Value& value);
  [[nodiscard]] Value::Table substitute(const Value::Table& table);
  /// A text with every parameter replaced; what a parameter brought in is placed where its `${` stands.
  [[nodiscard]] LocatedText expand(const LocatedText& text);
  /// Whether --set gave the character `offset` of the text that was substituted for the string at `where`.
  [[nodiscard]] bool given_outside(SourceRange where, std::size_t offset) const;

  /// Reports names of --set that are neither declared nor used. Once, after the last substitution.
  void report_unused();

 private:
  struct Piece;
  /// Bytes of a text.
  struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Piece> pieces(std::string_view text, const LocatedText* places, SourceRange where);
  const Value* find_used(std::string_view name, SourceRange where);
  /// Notes `stretch` of what the string at `where` becomes, if parameter `name`, which brought it, is of
  /// --set.
  void note_outside(std::string_view name, SourceRange where, Stretch stretch);
  std::string text_of(const Value& value, std::string_view name, SourceRange where);

  Value::Table values_;
  std::vector<std::string> undeclared_;  ///< names of --set that [params] does not have
  std::set<std::string, std::less<>> used_;
  std::set<std::string, std::less<>> outside_;  ///< names of --set
  /// By line and column of a string: what of the text that it became comes from --set.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Stretch>> from_outside_;
  Diagnostics& diagnostics_;
};

}  // namespace ixyflow
