#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "core/os/unix_address.hpp"
#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"
#include "drivers/bus/vfio_user/channel.hpp"

namespace ixyflow::drivers {

namespace {

using std::chrono::steady_clock;

/// 0 or an errno. The model may be busy with so many others that we must wait for our turn: EAGAIN means that
/// they fill its queue of connections (listen(2)).
int connect_within(int socket, const UnixAddress& address, std::chrono::nanoseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  while (::connect(socket, address.get(), address.length) != 0) {
    if (errno != EAGAIN && errno != EINTR) return errno;
    if (steady_clock::now() >= deadline || TimeBudget::used_up()) return EAGAIN;
    pause_for(std::chrono::milliseconds(5));
  }
  return 0;
}

std::unexpected<Error> cannot_connect(const std::string& path, int error) {
  const std::string shown = printable(path);
  switch (error) {
    case ENOENT:
      return fail(ExitCode::unavailable,
                  fmt::format("there is no socket '{}': start the device model first", shown));
    case ECONNREFUSED:
      return fail(
          ExitCode::unavailable,
          fmt::format("nobody listens at '{}': the device model has ended, or it is no socket", shown));
    case EAGAIN:
      return fail(ExitCode::unavailable,
                  fmt::format("'{}' lets nobody in: its queue of connections is full", shown));
    case EACCES:
    case EPERM:
      return fail(ExitCode::refused,
                  fmt::format("no right to connect to '{}': {}", shown, system_error_text(error)));
    default:
      return fail(ExitCode::unavailable,
                  fmt::format("cannot connect to '{}': {}", shown, system_error_text(error)));
  }
}

}  // namespace

Result<std::unique_ptr<VfioUserChannel>> VfioUserChannel::connect(const std::string& path, Duration patience,
                                                                  const PeerUsers& peers) {
  const auto address = UnixAddress::of(path);
  if (!address) return fail(ExitCode::configuration, address.error().text);
  FileDescriptor socket = unix_socket(SOCK_STREAM);
  if (!socket.open())
    return fail(ExitCode::unavailable, fmt::format("cannot make a socket: {}", system_error_text(errno)));
  if (const int error = connect_within(socket.get(), *address, std::chrono::nanoseconds(patience.ns));
      error != 0)
    return cannot_connect(path, error);
  if (auto known = peers.check(socket.get(), path); !known) return std::unexpected(known.error());
  return std::make_unique<VfioUserChannel>(std::move(socket), patience);
}

std::string describe(Trouble trouble, int error, Duration patience) {
  switch (trouble) {
    case Trouble::none:
      return "";
    case Trouble::refused:
      return fmt::format("refused it: {}", error == 0 ? "no reason given" : std::strerror(error));
    case Trouble::silent:
      return fmt::format("did not answer within {}", show(patience));
    case Trouble::too_slow:
      return "takes too long for all that was asked of it";
    case Trouble::ended:
      return "closed the connection";
    case Trouble::wrong_id:
      return "answered something that was not asked (wrong message id)";
    case Trouble::wrong_command:
      return "answered with a message that is no reply to what was asked";
    case Trouble::wrong_size:
      return fmt::format("sent a message of impossible size (allowed: {} to {} bytes)",
                         sizeof(vfio_user::Header), vfio_user::kMaxMessage);
    case Trouble::too_short:
      return "sent a reply that is too short";
    case Trouble::too_long:
      return "sent a reply that is too long";
    case Trouble::too_many_fds:
      return "sent descriptors that nobody asked for";
  }
  return "failed";
}

std::string VfioUserChannel::end_text() const {
  return describe(end_.load(), end_error_.load(), patience());
}

}  // namespace ixyflow::drivers
