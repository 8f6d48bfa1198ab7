#pragma once

#include <cstdint>
#include <memory>

#include "core/base/result.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// Makes another element like that of `node`, which belongs to `pipeline`: with `parameters` (in the place of
/// those of the file), its resources bound, configured as copy `copy` of `copies`. Error (configuration):
/// what is wrong with the parameters. Control thread.
Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           const Value::Table& parameters, std::uint32_t copy,
                                           std::uint32_t copies);

/// The same with the parameters of the file.
Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           std::uint32_t copy, std::uint32_t copies);

}  // namespace ixyflow
