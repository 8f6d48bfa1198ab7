#pragma once

#include <optional>

#include "core/base/diagnostics.hpp"
#include "core/config/load_options.hpp"
#include "core/config/syntax/pipeline_file.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// Makes the pipeline: loads plugins, substitutes parameters, makes and configures ports and elements, wires
/// them and checks everything. All mistakes go to `diagnostics`; nothing comes back when there was one.
/// Relative paths count from the folder of the file where the file says them, else from the working folder.
std::optional<Pipeline> build_pipeline(const PipelineFile& file, const LoadOptions& options,
                                       Diagnostics& diagnostics);

}  // namespace ixyflow
