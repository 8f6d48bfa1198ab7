#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/base/values/parameters.hpp"
#include "core/element/element.hpp"
#include "core/runtime/engine/handshake.hpp"

namespace ixyflow {

/// A new value of a live parameter on its way to the copies of an element. The control thread reads and
/// checks it, and stores it in one spare element per copy; a worker only swaps it with what its copy has,
/// after it has seen `request` and before it answers that. So the worker neither parses nor allocates nor
/// frees: what was replaced goes with the spare, on the control thread.
struct LiveChange {
  Handshake::Request request = 0;
  std::size_t element = 0;  ///< index into Pipeline::elements
  const ParameterSpec* parameter = nullptr;
  std::vector<std::unique_ptr<Element>> spares;  ///< one per Plan::workers_of; never run
};

}  // namespace ixyflow
