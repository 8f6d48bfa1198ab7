#include "tools/ixyflow/control/server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <new>
#include <utility>

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

/// What the client is told whose request has thrown what is being handled.
Error fault_of_request() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {ExitCode::again, "out of memory; nothing was answered"};
  } catch (const std::exception& error) {
    return {ExitCode::internal, fmt::format("an exception where none may leave: {}", error.what())};
  } catch (...) {
    return {ExitCode::internal, "an exception of unknown type where none may leave"};
  }
}

/// Does something for one client. If that throws, the client is told so where that is possible, and is done
/// with.
template <class Act>
void serve_alone(Connection& connection, SteadyTime now, const Act& act) noexcept {
  try {
    try {
      act();
    } catch (...) {
      connection.send_last(error_line("null", fault_of_request()), now);
    }
  } catch (...) {
    connection.break_off();
  }
}

}  // namespace

ControlServer::ControlServer(Listener listener, const Greeting& greeting)
    : listener_(std::move(listener)), greeting_(greeting_line(greeting, method_names())) {
  connections_.reserve(kMostClients);
}

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
  std::array<pollfd, 1 + kMostClients> fds;
  fds[0] = {now < accept_after_ ? -1 : listener_.socket.fd(), POLLIN, 0};
  for (std::size_t i = 0; i < connections_.size(); ++i)
    fds[i + 1] = {connections_[i]->fd(),
                  static_cast<short>((connections_[i]->wants_input() ? POLLIN : 0) |
                                     (connections_[i]->wants_output() ? POLLOUT : 0)),
                  0};
  if (::poll(fds.data(), connections_.size() + 1, 0) <= 0) return;
  active_until_ = now + kTalk;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (fds[i + 1].revents == 0) continue;
    Connection& connection = *connections_[i];
    serve_alone(connection, now, [&connection, now] {
      connection.flush(now);
      connection.receive(now);
    });
  }
  forget_those_over(now);
  if (fds[0].revents != 0) accept_clients(now);
}

void ControlServer::forget_those_over(SteadyTime now) {
  for (const auto& connection : connections_)
    if (connection->late(now))
      serve_alone(*connection, now, [&connection, now] {
        const Error slow{ExitCode::usage, fmt::format("half a request: its end did not come within {} s",
                                                      Connection::kPatience.count())};
        connection->send_last(error_line("null", slow), now);
      });
  std::erase_if(connections_, [now](const auto& connection) { return connection->over(now); });
}

void ControlServer::accept_clients(SteadyTime now) {
  for (int i = 0; i < kMostAccepted; ++i) {
    FileDescriptor socket(::accept4(listener_.socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.open()) {
      const bool nobody = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
      if (!nobody) accept_after_ = now + kNoFiles;
      return;
    }
    try {
      accept_client(std::move(socket), now);
    } catch (const std::bad_alloc&) {
      accept_after_ = now + kNoFiles;
      return;
    }
  }
}

void ControlServer::accept_client(FileDescriptor socket, SteadyTime now) {
  const bool writes = may_write(socket.get());
  if (make_room(writes, now)) {
    connections_.push_back(std::make_unique<Connection>(std::move(socket), writes, greeting_, now));
  } else {
    const Error full{ExitCode::again, fmt::format("{} clients are connected; try again", kMostClients)};
    Connection(std::move(socket), false, error_line("null", full), now);
  }
}

/// Whether there is room for one more, made if need be by the client of whom nothing was heard for longest,
/// of those that give way. Who may not write takes no place of those who may, and gives way to them.
bool ControlServer::make_room(bool writes, SteadyTime now) {
  const auto readers = static_cast<std::size_t>(
      std::ranges::count_if(connections_, [](const auto& connection) { return !connection->may_write(); }));
  if (connections_.size() < kMostClients && (writes || readers < kMostReaders)) return true;
  auto victim = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    const Connection& connection = **it;
    if (!connection.gives_way(now) || (connection.may_write() && !writes)) continue;
    if (victim == connections_.end() || std::pair(connection.may_write(), connection.last_word()) <
                                            std::pair((*victim)->may_write(), (*victim)->last_word()))
      victim = it;
  }
  if (victim == connections_.end()) return false;
  connections_.erase(victim);
  return true;
}

/// In turns, so that a client with many requests does not keep the others waiting.
void ControlServer::answer_requests(Run& run, SteadyTime now) {
  const auto until = std::chrono::steady_clock::now() + kBudget;
  more_ = false;
  for (bool answered = true; answered;) {
    answered = false;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (!answer_one(run, *connections_[i], now)) continue;
      answered = true;
      if (std::chrono::steady_clock::now() < until) continue;
      std::ranges::rotate(connections_, connections_.begin() + static_cast<std::ptrdiff_t>(i + 1));
      more_ = true;
      return;
    }
  }
}

/// False: the client asks for nothing now.
bool ControlServer::answer_one(Run& run, Connection& connection, SteadyTime now) {
  bool asked = false;
  serve_alone(connection, now, [&] {
    const auto line = connection.take_line(now);
    asked = line.has_value();
    if (!asked) return;
    // Behind a line without an end nothing can be understood any more.
    if (line->size() > kLongestRequest)
      connection.send_last(answer(run, *line, false), now);
    else
      connection.send(answer(run, *line, connection.may_write()), now);
  });
  return asked;
}

void ControlServer::dismiss(SteadyTime now) {
  for (const auto& connection : connections_)
    serve_alone(*connection, now, [&connection, now] {
      connection->receive(now);
      while (const auto line = connection->take_line(now)) {
        const auto request = parse_request(*line);
        connection->send(error_line(request ? request->id : request.error().id,
                                    {ExitCode::unavailable, "the run has ended"}),
                         now);
      }
    });
  connections_.clear();
}

}  // namespace ixyflow::tools
