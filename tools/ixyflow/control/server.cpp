#include "tools/ixyflow/control/server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tools/ixyflow/control/methods.hpp"
#include "tools/ixyflow/control/protocol.hpp"

namespace ixyflow::tools {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBudget{20};     ///< of one `serve`, checked between requests
constexpr milliseconds kAtRest{10};     ///< between two looks
constexpr milliseconds kInTalk{1};      ///< the same, while requests come
constexpr milliseconds kTalk{100};      ///< so long after the last one
constexpr milliseconds kNoFiles{1000};  ///< before the next try, when no descriptor was left
constexpr int kMostAccepted = 64;       ///< of one `serve`

/// Root and the user that runs the pipeline may change it.
bool may_write(int socket) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace

ControlServer::ControlServer(BoundSocket listener, const std::string& pipeline)
    : listener_(std::move(listener)), greeting_(greeting_line(pipeline, method_names())) {}

void ControlServer::serve(Run& run, SteadyTime now) {
  receive(now);
  answer_requests(run, now);
  forget_those_over(now);
}

milliseconds ControlServer::pause(SteadyTime now) const {
  if (more_) return milliseconds(0);
  return now < active_until_ ? kInTalk : kAtRest;
}

/// One system call finds out who has something to say; mostly nobody.
void ControlServer::receive(SteadyTime now) {
  std::vector<pollfd> fds{{now < accept_after_ ? -1 : listener_.fd(), POLLIN, 0}};
  for (const auto& connection : connections_)
    fds.push_back({connection->fd(),
                   static_cast<short>((connection->wants_input() ? POLLIN : 0) |
                                      (connection->wants_output() ? POLLOUT : 0)),
                   0});
  if (::poll(fds.data(), fds.size(), 0) <= 0) return;
  active_until_ = now + kTalk;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (fds[i + 1].revents == 0) continue;
    connections_[i]->flush(now);
    connections_[i]->receive(now);
  }
  forget_those_over(now);
  if (fds[0].revents != 0) accept_clients(now);
}

void ControlServer::forget_those_over(SteadyTime now) {
  std::erase_if(connections_, [now](const auto& connection) { return connection->over(now); });
}

void ControlServer::accept_clients(SteadyTime now) {
  for (int i = 0; i < kMostAccepted; ++i) {
    FileDescriptor socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.open()) {
      const bool nobody = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
      if (!nobody) accept_after_ = now + kNoFiles;
      return;
    }
    const bool writes = may_write(socket.get());
    if (make_room(now)) {
      connections_.push_back(std::make_unique<Connection>(std::move(socket), writes, greeting_, now));
    } else {
      const Error full{ExitCode::again, fmt::format("{} clients are connected; try again", kMostClients)};
      Connection(std::move(socket), false, error_line("null", full), now);
    }
  }
}

/// Whether there is room for one more, made by the client that was silent longest if need be.
bool ControlServer::make_room(SteadyTime now) {
  if (connections_.size() < kMostClients) return true;
  const auto silent = std::ranges::min_element(
      connections_, {}, [](const auto& connection) { return connection->last_word(); });
  if (!(*silent)->idle_since(now - kIdle)) return false;
  connections_.erase(silent);
  return true;
}

/// In turns, so that a client with many requests does not keep the others waiting.
void ControlServer::answer_requests(Run& run, SteadyTime now) {
  const auto until = std::chrono::steady_clock::now() + kBudget;
  more_ = false;
  for (bool answered = true; answered;) {
    answered = false;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      Connection& connection = *connections_[i];
      const auto line = connection.take_line(now);
      if (!line) continue;
      answered = true;
      // Behind a line without an end nothing can be understood any more.
      if (line->size() > kLongestRequest)
        connection.send_last(answer(run, *line, false), now);
      else
        connection.send(answer(run, *line, connection.may_write()), now);
      if (std::chrono::steady_clock::now() < until) continue;
      std::ranges::rotate(connections_, connections_.begin() + static_cast<std::ptrdiff_t>(i + 1));
      more_ = true;
      return;
    }
  }
}

void ControlServer::dismiss(SteadyTime now) {
  for (const auto& connection : connections_) {
    connection->receive(now);
    while (const auto line = connection->take_line(now)) {
      const auto request = parse_request(*line);
      connection->send(error_line(request ? request->id : request.error().id,
                                  {ExitCode::unavailable, "the run has ended"}),
                       now);
    }
  }
  connections_.clear();
}

}  // namespace ixyflow::tools
