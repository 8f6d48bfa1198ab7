#pragma once

#include <sys/types.h>

#include <compare>
#include <optional>
#include <string>

#include "core/base/api.hpp"

namespace ixyflow {

/// Which file something is, however it is called: what two names have in common that lead to the same bytes,
/// by a symbolic link, a hard link, a mount or a descriptor.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  std::string missing;  ///< of a file that is not there yet, its name in the folder that these numbers are of

  friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

/// A file, and whether what is read from it is gone for others.
struct IdentifiedFile {
  FileIdentity identity;
  bool pipe = false;  ///< a FIFO, a pipe or a socket
};

/// What `path` leads to, or will once it is made, also through symbolic links that lead nowhere yet. Nothing:
/// it leads into no folder, or to a device, which two may use (/dev/null). Opens nothing.
IXYFLOW_API std::optional<IdentifiedFile> identify_file(const std::string& path);
/// The same of an open descriptor.
IXYFLOW_API std::optional<IdentifiedFile> identify_descriptor(int fd);

}  // namespace ixyflow
