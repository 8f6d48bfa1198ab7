#pragma once

#include <string>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow {

/// Where a path leads: `name` in `folder`, which is open for looking up names (O_PATH).
struct TrustedPath {
  FileDescriptor folder;
  std::string name;
  /// `name` is a link that the kernel alone can follow, as /proc/self/fd/1. Of all others it is none: it must
  /// be opened with O_NOFOLLOW, so that nobody puts one in its place meanwhile.
  bool magic_link = false;
};

/// Follows the symbolic links of `path` that belong to root or to this user, at most 40. Whether anything
/// stands at its end is not said. Errors: refused (there is a link of another user's), output (a folder is
/// missing, or may not be entered).
IXYFLOW_API Result<TrustedPath> follow_own_links(const std::string& path);

}  // namespace ixyflow
