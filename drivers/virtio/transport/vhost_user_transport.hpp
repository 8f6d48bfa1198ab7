#pragma once

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/os/socket_rights.hpp"
#include "drivers/virtio/transport/transport.hpp"

namespace ixyflow::drivers::virtio {

struct VhostUserOptions {
  bool server = false;               ///< wait for the peer at the socket, instead of going there
  SocketRights rights{};             ///< of that socket
  std::string peer_user{};           ///< who the peer may be, beside root and us: a name or number
  Duration patience{1'000'000'000};  ///< how long the peer may take for each answer
};

/// The front end of vhost-user at the socket `path`: ixyflow is the driver, the peer is the device. A client
/// needs its peer at once (error: unavailable); a server waits for it without blocking, and is not
/// `connected` until there is one. Errors: unavailable, refused (no right, the socket is somebody else's),
/// configuration (a path that no socket can have).
Result<std::unique_ptr<Transport>> open_vhost_user_transport(const std::string& path,
                                                             const VhostUserOptions& options);

}  // namespace ixyflow::drivers::virtio
