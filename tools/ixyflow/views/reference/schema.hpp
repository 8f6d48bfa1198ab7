#pragma once

#include "core/base/values/value.hpp"

namespace ixyflow::tools {

/// The JSON Schema of pipeline files with the elements, resources and port drivers that are registered. It
/// keeps to draft 4, the highest that the editors for TOML understand.
Value pipeline_schema();

/// The part of it for `[[test]]` tables.
Value test_schema();

}  // namespace ixyflow::tools
