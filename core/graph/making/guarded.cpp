#include "core/graph/making/guarded.hpp"

#include <fmt/format.h>

#include <exception>

#include "core/packet/activity.hpp"

namespace ixyflow {

bool guarded(std::string_view owner, SourceRange where, Diagnostics& diagnostics,
             const std::function<void()>& call) {
  const ActivityMark mark(owner);
  const std::size_t before = diagnostics.errors();
  try {
    call();
  } catch (const std::exception& error) {
    diagnostics.error(where, fmt::format("{} threw an exception: {}", owner, printable(error.what())));
  } catch (...) {
    diagnostics.error(where, fmt::format("{} threw an exception", owner));
  }
  return diagnostics.errors() == before;
}

}  // namespace ixyflow
