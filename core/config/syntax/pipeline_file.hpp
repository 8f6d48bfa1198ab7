#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/result.hpp"
#include "core/base/values/value.hpp"
#include "core/config/syntax/located_text.hpp"

namespace ixyflow {

/// A pipeline file as it was read: its text, and its tables with their places. A file can be built several
/// times.
struct PipelineFile {
  std::string path;
  std::string text;
  Value::Table root;
  /// Where relative paths that stand in it count from; empty: from the working folder, as of what is no file.
  std::string folder;
  /// Of one line (`-e`): the items of [graph] paths with the places of their characters. Empty: they stand in
  /// `text` as TOML strings.
  std::vector<LocatedText> paths;

  [[nodiscard]] bool one_line() const noexcept { return !paths.empty(); }
};

/// Reads a file of at most 4 MiB, or a pipe, which must not be silent for longer than 0.8 s. Error (input):
/// it cannot be read.
Result<std::string> read_pipeline_text(const std::string& path);

/// Parses TOML. A syntax error or a duplicate key is reported alone, because the parser stops there. The
/// folder is that of `path`, unless there is a pipe.
std::optional<PipelineFile> parse_pipeline(std::string path, std::string text, Diagnostics& diagnostics);

}  // namespace ixyflow
