#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/result.hpp"
#include "core/config/load.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow::tools {

/// Where a pipeline stands.
struct PipelineSource {
  std::vector<std::string> files;   ///< the one path of its file; "-": standard input
  std::optional<std::string> line;  ///< of -e: the pipeline itself, and there is no file

  /// As it is called in messages.
  [[nodiscard]] std::string name() const;
};

/// A pipeline file after all steps that could be taken.
struct Reading {
  Diagnostics diagnostics;
  std::optional<Error> unreadable;
  std::optional<PipelineFile> file;
  std::optional<Pipeline> pipeline;  ///< only when nothing was wrong
};

/// Reads and builds the pipeline, with all its mistakes collected.
Reading read_pipeline(const PipelineSource& source, const LoadOptions& options);

}  // namespace ixyflow::tools
