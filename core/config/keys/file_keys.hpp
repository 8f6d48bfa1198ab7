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
  std::string form;  ///< how it is written: "[ports.NAME]"
  std::string doc;
};
const std::vector<TopLevelKey>& top_level_keys();

/// Keys of `[pipeline]`; they are stored in a PipelineSettings.
const std::vector<ParameterSpec>& pipeline_keys();
/// Keys of an entry of `[cores]`; they are stored in a CoreRequest.
const std::vector<ParameterSpec>& core_keys();
/// Keys of an entry of `[rings]`; they are stored in a RingRequest.
const std::vector<ParameterSpec>& ring_keys();

// Those that say what a table is and how it is wired: described here, read by the steps.

/// Keys of a port, a resource and an element beside the parameters of its driver or type.
const std::vector<ParameterSpec>& port_keys();
const std::vector<ParameterSpec>& resource_keys();
const std::vector<ParameterSpec>& element_keys();
const std::vector<ParameterSpec>& graph_keys();

/// A key that is only described.
ParameterSpec described_key(std::string name, std::string type, ParameterShape shape, std::string doc);

}  // namespace ixyflow
