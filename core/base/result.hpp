#pragma once

#include <expected>
#include <string>
#include <utility>

#include "core/base/exit_code.hpp"

namespace ixyflow {

/// Why something could not be done: one sentence for the user, and the exit code that it leads to.
struct Error {
  ExitCode code = ExitCode::internal;
  std::string text;
};

/// A value, or why there is none. For cold code; the packet path has drops instead.
template <class T>
using Result = std::expected<T, Error>;

/// `return fail(ExitCode::input, "...")` in a function that returns a Result.
inline std::unexpected<Error> fail(ExitCode code, std::string text) {
  return std::unexpected(Error{code, std::move(text)});
}

}  // namespace ixyflow
