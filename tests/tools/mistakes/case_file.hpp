#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ixyflow::test {

/// A wrong pipeline file, and what `ixyflow check` must say about it.
struct MistakeCase {
  std::string name;
  std::string text;      ///< of the wrong file
  std::string expected;  ///< of the messages; empty where there is none
  int line = 0;          ///< of the case file, where the case begins
};

/// Reads cases, which look like a diff of `base`, a file that is right, with the messages behind it:
///
///     ## a filter is misspelt
///     -type = "Filter"
///     +type = "Filtre"
///     error: there is no element type 'Filtre'
///     ...
///
/// Changed lines begin with a sign: `-` goes, `+` comes in its place (without a line that goes before, at the
/// end), ` ` stays and says what others stand behind. In `*`, which is like `+`, \xNN is a byte; `=` is such
/// a line of a file that has nothing of `base`. All lines behind them are messages. A case ends before the
/// next `##`, and what stands before the first is a comment.
std::vector<MistakeCase> read_cases(const std::filesystem::path& path, std::string_view base);

}  // namespace ixyflow::test
