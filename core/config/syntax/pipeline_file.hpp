#pragma once

#include <optional>
#include <string>

#include "core/base/diagnostics.hpp"
#include "core/base/result.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow {

/// A pipeline file as it was read: its text, and its tables with their places. A file can be built several
/// times.
struct PipelineFile {
  std::string path;
  std::string text;
  Value::Table root;
};

/// Reads a file of at most 4 MiB, or a pipe, which must not be silent for longer than 0.8 s. Error (input):
/// it cannot be read.
Result<std::string> read_pipeline_text(const std::string& path);

/// Parses TOML. A syntax error or a duplicate key is reported alone, because the parser stops there.
std::optional<PipelineFile> parse_pipeline(std::string path, std::string text, Diagnostics& diagnostics);

}  // namespace ixyflow
