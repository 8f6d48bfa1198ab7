#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"

namespace ixyflow::tools {

/// A UNIX socket that waits for clients, with mode 0660 whatever the umask. Its file goes with it, unless
/// somebody has put another one in its place.
class Listener {
 public:
  /// Makes the socket; one that nobody listens to any more is replaced. Changes the umask for a moment: to be
  /// called while no other thread runs. Errors: refused (somebody listens there, or the path is something
  /// else than a socket), again (another instance is being started there), output (it cannot be made), usage
  /// (the path is too long).
  static Result<Listener> open(const std::string& path);
  ~Listener();
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) = delete;

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  Listener(FileDescriptor socket, std::string path) noexcept;

  FileDescriptor socket_;
  std::string path_;
  dev_t device_ = 0;  ///< of the file that was made
  ino_t inode_ = 0;
};

}  // namespace ixyflow::tools
