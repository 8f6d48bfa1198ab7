#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/os/bound_socket.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/peer_users.hpp"
#include "core/os/socket_rights.hpp"
#include "core/os/unix_address.hpp"

namespace ixyflow::drivers::vhost_user {

/// Where the two ends of vhost-user meet: either of them listens at a path, and the other one goes there.
class Endpoint {
 public:
  /// Listens at `path`; a socket that nobody has open any more is replaced. Errors: those of BoundSocket.
  static Result<Endpoint> listen(const std::string& path, const SocketRights& rights = {},
                                 const PeerUsers& peers = {});
  /// Will go to `path`. Error (usage): no path that a socket can have.
  static Result<Endpoint> go(const std::string& path, const PeerUsers& peers = {});

  /// A connection, if there is one now; none otherwise, and `errno` says why. Never waits.
  FileDescriptor meet() noexcept;
  /// Error (refused): the other end of this connection is nobody whom we trust.
  [[nodiscard]] Result<void> check(const FileDescriptor& socket) const {
    return peers_.check(socket.get(), path_);
  }
  [[nodiscard]] bool listens() const noexcept { return listener_.has_value(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  Endpoint(std::string path, const PeerUsers& peers) : path_(std::move(path)), peers_(peers) {}

  std::string path_;
  PeerUsers peers_;
  UnixAddress address_;
  std::optional<BoundSocket> listener_;
};

/// Why nothing could be had from `Endpoint::meet`, by its errno: "nobody listens at 'x'".
Error cannot_meet(const std::string& path, int error);

}  // namespace ixyflow::drivers::vhost_user
