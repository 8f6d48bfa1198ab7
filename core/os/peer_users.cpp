#include "core/os/peer_users.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"

namespace ixyflow {

namespace {

/// The identifier that `name` is, if it is a number. All ones stand for none.
std::optional<unsigned> as_number(const std::string& name) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == ~0U) return std::nullopt;
  return number;
}

/// "'daemon' (1)", or the number alone.
std::string name_of_user(uid_t user) {
  std::array<char, 4096> room;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
    return fmt::format("{}", user);
  return fmt::format("'{}' ({})", printable(entry.pw_name, 60), user);
}

}  // namespace

Result<uid_t> user_number(const std::string& name) {
  if (const auto number = as_number(name)) return *number;
  std::array<char, 4096> room;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return entry.pw_uid;
  return fail(ExitCode::configuration, fmt::format("there is no user '{}'", printable(name, 60)));
}

Result<gid_t> group_number(const std::string& name) {
  if (const auto number = as_number(name)) return *number;
  std::array<char, 16384> room;
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return entry.gr_gid;
  return fail(ExitCode::configuration, fmt::format("there is no group '{}'", printable(name, 60)));
}

Result<PeerUsers> PeerUsers::of(const std::string& user) {
  PeerUsers users;
  if (user.empty()) return users;
  const auto number = user_number(user);
  if (!number) return std::unexpected(number.error());
  users.user_ = *number;
  return users;
}

Result<void> PeerUsers::check(int socket, const std::string& path) const {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return fail(ExitCode::refused,
                fmt::format("cannot find out who is at '{}': {}", printable(path), system_error_text(errno)));
  if (peer.uid == 0 || peer.uid == ::geteuid() || peer.uid == user_) return {};
  return fail(ExitCode::refused,
              fmt::format("who is at '{}' runs as user {}, and is not trusted; peer_user = \"{}\" allows it",
                          printable(path), name_of_user(peer.uid), peer.uid));
}

}  // namespace ixyflow
