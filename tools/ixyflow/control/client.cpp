#include "tools/ixyflow/control/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <thread>

#include "core/base/diagnostics.hpp"
#include "core/os/system_error.hpp"
#include "core/os/unix_address.hpp"

namespace ixyflow::tools {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kLongestLine = kLongestReply + 1;

std::unexpected<Error> gone(const std::string& path, std::string_view why) {
  return fail(ExitCode::unavailable, fmt::format("'{}': {}", printable(path), why));
}

}  // namespace

ControlClient::ControlClient(FileDescriptor socket, std::string path, std::chrono::milliseconds patience)
    : socket_(std::move(socket)), path_(std::move(path)), patience_(patience) {}

Result<ControlClient> ControlClient::connect(const std::string& path, std::chrono::milliseconds patience) {
  const auto address = UnixAddress::of(path);
  if (!address) return std::unexpected(address.error());
  ControlClient client(unix_socket(SOCK_STREAM), path, patience);
  if (!client.socket_.open()) return fail(ExitCode::internal, system_error_text(errno));
  const auto until = steady_clock::now() + patience;
  while (::connect(client.socket_.get(), address->get(), address->length) != 0) {
    // EAGAIN: too many wait to be let in.
    if (errno != EINTR && errno != EAGAIN) {
      if (errno == EACCES || errno == EPERM)
        return fail(ExitCode::refused, fmt::format("'{}': {}", printable(path), system_error_text(errno)));
      return gone(path, errno == ECONNREFUSED ? std::string(kNobodyListens) : system_error_text(errno));
    }
    if (steady_clock::now() > until) return gone(path, "it lets nobody in");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto line = client.read_line();
  if (!line) return std::unexpected(line.error());
  auto greeting = parse_greeting(*line);
  if (!greeting)
    return fail(greeting.error().code, fmt::format("'{}': {}", printable(path), greeting.error().text));
  client.greeting_ = std::move(*greeting);
  return client;
}

Result<Value> ControlClient::call(std::string_view method, const Value::Table& parameters) {
  if (auto written = write_line(request_line(method, parameters)); !written)
    return std::unexpected(written.error());
  const auto line = read_line();
  if (!line) return std::unexpected(line.error());
  return parse_reply(*line);
}

Result<void> ControlClient::wait_for(short events, steady_clock::time_point until) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) return gone(path_, "it does not answer");
    pollfd fd{socket_.get(), events, 0};
    const int ready = ::poll(&fd, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return gone(path_, system_error_text(errno));
  }
}

Result<void> ControlClient::write_line(std::string line) {
  line += '\n';
  const auto until = steady_clock::now() + patience_;
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t count = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ready = wait_for(POLLOUT, until); !ready) return ready;
    } else if (errno != EINTR) {
      return gone(path_, "it closed the connection");
    }
  }
  return {};
}

Result<std::string> ControlClient::read_line() {
  const auto until = steady_clock::now() + patience_;
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = input_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      return line;
    }
    searched = input_.size();
    if (input_.size() > kLongestLine) return gone(path_, "its answer is too long");
    if (auto ready = wait_for(POLLIN, until); !ready) return std::unexpected(ready.error());
    std::array<char, 64 * 1024> buffer;
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count == 0) return gone(path_, "it closed the connection");
    if (count > 0)
      input_.append(buffer.data(), static_cast<std::size_t>(count));
    else if (errno != EINTR && errno != EAGAIN)
      return gone(path_, system_error_text(errno));
  }
}

Value::Entry parameter(std::string name, Value value) {
  return {std::move(name), {}, std::move(value)};
}

Value::Entry parameter(std::string name, std::string text) {
  return parameter(std::move(name), Value(std::move(text)));
}

}  // namespace ixyflow::tools
