#pragma once

#include <optional>
#include <string>

#include "core/base/diagnostics.hpp"
#include "core/base/result.hpp"
#include "core/config/load.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow::tools {

/// A pipeline file after all steps that could be taken.
struct Reading {
  Diagnostics diagnostics;
  std::optional<Error> unreadable;
  std::optional<PipelineFile> file;
  std::optional<Pipeline> pipeline;  ///< only when nothing was wrong
};

/// Reads and builds the pipeline in `path` ("-": standard input), with all its mistakes collected.
Reading read_pipeline(const std::string& path, const LoadOptions& options);

}  // namespace ixyflow::tools
