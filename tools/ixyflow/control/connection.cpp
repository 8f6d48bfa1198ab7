#include "tools/ixyflow/control/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "tools/ixyflow/control/protocol.hpp"

namespace ixyflow::tools {

Connection::Connection(FileDescriptor socket, bool may_write, const std::string& greeting, SteadyTime now)
    : socket_(std::move(socket)), may_write_(may_write), last_word_(now), input_since_(now) {
  send(greeting, now);
}

bool Connection::wants_input() const noexcept {
  // What lies here must be answered before more is read: so a client cannot make it grow.
  return !ended_ && !broken_ && !last_ && pending().size() <= kLongestRequest;
}

void Connection::receive(SteadyTime now) {
  input_.erase(0, std::exchange(taken_, 0));
  while (wants_input()) {
    std::array<char, 16 * 1024> buffer;
    const ssize_t count = ::recv(fd(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count <= 0) {
      ended_ = true;
      broken_ |= count < 0;
      return;
    }
    if (input_.empty()) input_since_ = now;
    last_word_ = now;
    input_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::optional<std::string> Connection::take_line(SteadyTime now) {
  const std::string_view text = pending();
  if (broken_ || last_ || !output_.empty() || text.empty()) return std::nullopt;
  std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    // A last line needs no end; one that is too long is handed over as far as it came, to be refused.
    if (!ended_ && text.size() <= kLongestRequest) return std::nullopt;
    end = text.size();
  }
  taken_ = std::min(taken_ + end + 1, input_.size());
  input_since_ = now;
  asked_ = true;
  return std::string(text.substr(0, end));
}

void Connection::send(const std::string& line, SteadyTime now) {
  if (broken_ || last_) return;
  output_.reserve(output_.size() + line.size() + 1);  // all of it, or nothing where there is no memory
  if (output_.empty()) output_since_ = now;
  last_word_ = now;
  output_ += line;
  output_ += '\n';
  flush(now);
}

void Connection::send_last(const std::string& line, SteadyTime now) {
  send(line, now);
  last_ = true;
}

void Connection::flush(SteadyTime now) {
  std::size_t sent = 0;
  while (!broken_ && sent < output_.size()) {
    const ssize_t count =
        ::send(fd(), output_.data() + sent, output_.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count < 0)
      broken_ = true;
    else
      sent += static_cast<std::size_t>(count);
  }
  if (sent > 0) last_word_ = now;
  output_.erase(0, sent);
}

bool Connection::gives_way(SteadyTime now) const noexcept {
  if (!output_.empty()) return now - last_word_ >= kGrace;
  if (has_request()) return false;
  return asked_ || !pending().empty() || now - last_word_ >= kGrace;
}

bool Connection::late(SteadyTime now) const noexcept {
  return !broken_ && !last_ && !ended_ && output_.empty() && !pending().empty() && !has_request() &&
         now - input_since_ > kPatience;
}

bool Connection::over(SteadyTime now) const noexcept {
  if (broken_) return true;
  if (!output_.empty()) return now - output_since_ > kPatience;
  return last_ || (ended_ && pending().empty());
}

}  // namespace ixyflow::tools
