#include "core/os/socket_rights.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/diagnostics.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/files/file_mode.hpp"
#include "core/os/peer_users.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {

Result<void> SocketRights::give_to(const std::string& path) const {
  const auto cannot = [&path](const char* what) {
    return fail(ExitCode::refused,
                fmt::format("cannot give '{}' its {}: {}", printable(path), what, system_error_text(errno)));
  };
  // By a descriptor, so that no other file gets them, whoever may put one in its place.
  const FileDescriptor file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!file.open() || ::fstat(file.get(), &status) != 0 || !S_ISSOCK(status.st_mode)) return cannot("rights");
  const auto user = owner.empty() ? Result<uid_t>(static_cast<uid_t>(-1)) : user_number(owner);
  if (!user) return std::unexpected(user.error());
  const auto group_id = group.empty() ? Result<gid_t>(static_cast<gid_t>(-1)) : group_number(group);
  if (!group_id) return std::unexpected(group_id.error());
  if (!(owner.empty() && group.empty()) && ::fchownat(file.get(), "", *user, *group_id, AT_EMPTY_PATH) != 0)
    return cannot("owner");
  if (mode.empty()) return {};
  const auto bits = parse_file_mode(mode);
  if (!bits) return std::unexpected(bits.error());
  if (::chmod(fmt::format("/proc/self/fd/{}", file.get()).c_str(), *bits) != 0) return cannot("mode");
  return {};
}

}  // namespace ixyflow
