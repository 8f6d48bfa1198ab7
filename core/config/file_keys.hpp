#pragma once

#include <string>
#include <vector>

#include "core/base/values/parameters.hpp"

/// The keys of a pipeline file that belong to no element and no port, declared once: validation, help and the
/// JSON Schema are derived from these.
namespace ixyflow {

/// A table at the top of the file.
struct TopLevelKey {
  std::string name;
  std::string doc;
};
const std::vector<TopLevelKey>& top_level_keys();

/// Keys of `[pipeline]`; they are stored in a PipelineSettings.
const std::vector<ParameterSpec>& pipeline_keys();
/// Keys of an entry of `[cores]`; they are stored in a CoreRequest.
const std::vector<ParameterSpec>& core_keys();
/// Keys of an entry of `[rings]`; they are stored in a RingRequest.
const std::vector<ParameterSpec>& ring_keys();

}  // namespace ixyflow
