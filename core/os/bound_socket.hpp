#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/guardian/guardian.hpp"
#include "core/os/socket_rights.hpp"

namespace ixyflow {

/// A UNIX socket bound to a file, which goes with it unless somebody has put another one in its place; also
/// when the process is killed, where a Guardian lives.
class IXYFLOW_API BoundSocket {
 public:
  /// Binds a socket of `type` (SOCK_STREAM, which listens, or SOCK_DGRAM) that does not block. One that
  /// nobody has open any more is replaced. It has its `rights` before anybody can connect. Errors: usage (no
  /// path that a socket can have), refused (somebody uses it, which is said with `when_in_use` behind the
  /// path, or the path is something else), output (it cannot be made), those of SocketRights.
  static Result<BoundSocket> open(const std::string& path, int type,
                                  std::string_view when_in_use = "is in use by another process",
                                  const SocketRights& rights = {});
  ~BoundSocket();
  BoundSocket(BoundSocket&&) noexcept = default;
  BoundSocket& operator=(BoundSocket&&) = delete;

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  BoundSocket(FileDescriptor socket, std::string path);
  void leave_to_guardian();

  FileDescriptor socket_;
  std::string path_;
  dev_t device_ = 0;  ///< of the file that was made
  ino_t inode_ = 0;
  GuardianAct removal_;
};

}  // namespace ixyflow
