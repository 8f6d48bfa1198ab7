#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace ixyflow::tools {

/// What the user said about which instance is meant; empty where nothing was said.
struct InstanceChoice {
  std::string instance;
  std::string socket;
};

/// What is wrong with the name of an instance, "" when nothing is: it becomes the name of a file.
std::string wrong_instance_name(const std::string& name);
/// The choice with IXYFLOW_SOCKET and IXYFLOW_INSTANCE in the places of missing options. Error (usage): both
/// options are given, or the instance of the environment cannot be a name.
Result<InstanceChoice> with_environment(InstanceChoice choice);

/// A name for the instance that runs the pipeline called `pipeline`: what cannot stand in a file's name
/// becomes '_'.
std::string instance_of(std::string_view pipeline);

}  // namespace ixyflow::tools
