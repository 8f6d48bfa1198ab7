#include "tools/ixgbe-model/server/control_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace ixyflow::model {
namespace {

/// A client that does not take its answers is let go.
constexpr std::size_t kMostOutput = 1 << 20;

std::string line_of(const Result<std::string>& answer) {
  std::string text = answer ? *answer : answer.error().text;
  while (text.ends_with('\n')) text.pop_back();
  std::string line = !answer ? "error: " : text.empty() ? "ok" : "ok ";
  for (const char letter : text)
    if (letter == '\n')
      line += "; ";
    else
      line += letter;
  return line + '\n';
}

}  // namespace

Result<ControlSocket> ControlSocket::open(const std::string& path, Answer answer) {
  auto socket = BoundSocket::open(path, SOCK_STREAM);
  if (!socket) return std::unexpected(socket.error());
  return ControlSocket(std::move(*socket), std::move(answer));
}

void ControlSocket::serve() {
  accept_clients();
  for (Client& client : clients_) {
    read(client);
    answer_lines(client);
    write(client);
  }
  std::erase_if(clients_, [](const Client& client) { return client.over; });
}

void ControlSocket::accept_clients() {
  for (std::size_t i = 0; i < kMostClients; ++i) {
    FileDescriptor socket(::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.open()) return;
    if (clients_.size() < kMostClients) clients_.push_back({.socket = std::move(socket)});
  }
}

void ControlSocket::read(Client& client) {
  std::array<char, kLongestLine> buffer;
  const ssize_t bytes = ::recv(client.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (bytes > 0)
    client.input.append(buffer.data(), static_cast<std::size_t>(bytes));
  else if (bytes == 0 || (errno != EAGAIN && errno != EINTR))
    client.over = true;
}

void ControlSocket::answer_lines(Client& client) {
  std::size_t begin = 0;
  for (std::size_t end; (end = client.input.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::string_view line = std::string_view(client.input).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    client.output += line_of(answer_(line));
  }
  client.input.erase(0, begin);
  if (client.input.size() <= kLongestLine && client.output.size() <= kMostOutput) return;
  client.output += line_of(fail(ExitCode::usage, fmt::format("a line has at most {} bytes", kLongestLine)));
  client.over = true;
}

void ControlSocket::write(Client& client) {
  const ssize_t bytes =
      ::send(client.socket.get(), client.output.data(), client.output.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (bytes > 0) client.output.erase(0, static_cast<std::size_t>(bytes));
}

void ControlSocket::add_descriptors(std::vector<pollfd>& to) const {
  to.push_back({socket_.fd(), POLLIN, 0});
  for (const Client& client : clients_)
    to.push_back(
        {client.socket.get(), static_cast<short>(POLLIN | (client.output.empty() ? 0 : POLLOUT)), 0});
}

}  // namespace ixyflow::model
