#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/graph/pipeline.hpp"

namespace ixyflow {

// Every element is made here, in three steps: the first copy while a file is read, where the wiring becomes
// known between the second step and the third; all others, and those on which a live parameter's new value is
// tried, in one go by `make_copy`. Whatever an element's author throws is reported as a mistake. Control
// thread only.

/// How messages call an element: "element 'fw' (type Filter)".
std::string owner_of(const ElementNode& node);

/// A new element of the node's type; null after a mistake.
std::unique_ptr<Element> create_element(const ElementNode& node, Diagnostics& diagnostics);

/// Stores `parameters`, those of the node or others in their place, in the element. `specs` are those of its
/// type, maybe with examples that are better in this file. False after a mistake.
bool set_parameters(Element& element, const ElementNode& node, const std::vector<ParameterSpec>& specs,
                    const Value::Table& parameters, Diagnostics& diagnostics);

/// Which copy of an element, and of how many.
struct CopyNumber {
  std::uint32_t copy = 0;
  std::uint32_t copies = 1;
};

/// Binds the resources of `node`, which belongs to `pipeline` and whose wiring is known, to an element with
/// good `parameters`, and configures it. False after a mistake.
bool configure_element(Element& element, const Pipeline& pipeline, const ElementNode& node,
                       const Value::Table& parameters, CopyNumber number, Diagnostics& diagnostics);

/// Makes another element like that of `node`, which belongs to `pipeline`, with `parameters` in the place of
/// those of the file, as copy `copy` of `copies`. Error (configuration): what is wrong with the parameters.
Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           const Value::Table& parameters, std::uint32_t copy,
                                           std::uint32_t copies);

/// The same with the parameters of the file.
Result<std::unique_ptr<Element>> make_copy(const Pipeline& pipeline, const ElementNode& node,
                                           std::uint32_t copy, std::uint32_t copies);

}  // namespace ixyflow
