#pragma once

#include <string>
#include <string_view>

namespace ixyflow {

/// What a file is that is no pipeline file, and what to do with it.
struct ForeignFile {
  std::string what;  ///< "this is a capture, not a pipeline file"; empty: nothing that is known
  std::string hint;
};

/// Knows files that are no TOML by how they begin: captures, archives, programs, texts that are not UTF-8,
/// JSON, XML.
ForeignFile foreign_file(std::string_view text);

/// Knows texts of other languages that a TOML parser stopped in: YAML, Click's.
ForeignFile foreign_language(std::string_view text);

}  // namespace ixyflow
