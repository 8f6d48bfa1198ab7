#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/parameters.hpp"
#include "core/base/result.hpp"
#include "core/element/resource.hpp"
#include "core/runtime/engine/handshake.hpp"

namespace ixyflow {

/// A new value of a live parameter on its way to the copies of an element. The control thread makes and frees
/// it; a worker reads it after it has seen `request` and before it answers that.
struct LiveChange {
  Handshake::Request request = 0;
  std::size_t element = 0;  ///< index into Pipeline::elements
  const ParameterSpec* parameter = nullptr;
  Value value;
};

/// Versions of a resource that were replaced before `request` was asked: nobody reads them any more when all
/// workers have answered it.
struct RetiredVersions {
  Handshake::Request request = 0;
  std::vector<RetiredVersion> versions;
};

/// Changes of resources whose old versions somebody may still read. A worker that does not answer must not
/// make memory grow: behind so many, changes are refused until it does.
inline constexpr std::size_t kMaxRetired = 16;

/// "there is no element 'fv'; did you mean 'fw'?" (usage).
Error no_such(std::string_view what, std::string_view name, const std::vector<std::string>& names);

}  // namespace ixyflow
