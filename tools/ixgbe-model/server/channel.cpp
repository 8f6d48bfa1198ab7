#include "tools/ixgbe-model/server/channel.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/os/system_error.hpp"

namespace ixyflow::model {
namespace {

using vfio_user::Header;

/// How long the other side may keep a message with a descriptor waiting.
constexpr int kPatience = 1000;

iovec as_iovec(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

bool try_again(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

bool Channel::end(std::string problem) {
  ended_ = true;
  if (problem_.empty()) problem_ = std::move(problem);
  return false;
}

Channel::Next Channel::receive(Message& message) {
  if (ended_) return Next::ended;
  const auto next = [](Part part) { return part == Part::later ? Next::none : Next::ended; };
  if (header_bytes_ < sizeof(Header)) {
    const Part part = fill(std::as_writable_bytes(std::span(&incoming_.header, 1)), header_bytes_);
    if (part != Part::whole) return next(part);
    if (!check_header()) return Next::ended;
    incoming_.payload.resize(incoming_.header.size - sizeof(Header));
  }
  if (const Part part = fill(incoming_.payload, payload_bytes_); part != Part::whole) return next(part);
  header_bytes_ = payload_bytes_ = 0;
  message = std::exchange(incoming_, {});
  return Next::message;
}

bool Channel::check_header() {
  const Header& header = incoming_.header;
  if (header.size < sizeof(Header))
    return end(
        fmt::format("a message says that it has {} bytes, which is less than its header", header.size));
  if (header.size > vfio_user::kMaxMessage)
    return end(fmt::format("a message says that it has {} bytes, which is more than {}", header.size,
                           vfio_user::kMaxMessage));
  if ((header.flags & vfio_user::kTypeMask) > vfio_user::kTypeReply)
    return end(fmt::format("a message is neither command nor reply: flags {:#x}", header.flags));
  return true;
}

/// Reads what is missing of `part`, of which there are `have` bytes.
Channel::Part Channel::fill(std::span<std::byte> part, std::size_t& have) {
  while (have < part.size()) {
    PassedDescriptors passed;
    const ssize_t bytes = passed.receive(socket_.get(), part.subspan(have));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && try_again(errno)) return Part::later;
    if (bytes < 0 && errno != ECONNRESET) {
      end(fmt::format("its socket cannot be read: {}", system_error_text(errno)));
      return Part::ended;
    }
    if (bytes <= 0) {
      end(header_bytes_ == 0 ? "" : "it closed the socket in the middle of a message");
      return Part::ended;
    }
    take_descriptors(passed);
    if (ended_) return Part::ended;
    have += static_cast<std::size_t>(bytes);
  }
  return Part::whole;
}

void Channel::take_descriptors(PassedDescriptors& passed) {
  for (std::size_t i = 0; i < passed.count(); ++i) incoming_.fds.push_back(passed.take(i));
  if (passed.too_many() || incoming_.fds.size() > vfio_user::kMaxMessageFds)
    end(fmt::format("more than {} descriptors came with a message", vfio_user::kMaxMessageFds));
}

bool Channel::send(const Outgoing& message) {
  if (ended_) return false;
  Header header = message.header;
  header.size = static_cast<std::uint32_t>(sizeof header + message.body.size() + message.data.size());
  const std::array<std::span<const std::byte>, 3> parts{std::as_bytes(std::span(&header, 1)), message.body,
                                                        message.data};
  std::array<iovec, 3> places{as_iovec(parts[0]), as_iovec(parts[1]), as_iovec(parts[2])};
  msghdr packet{};
  packet.msg_iov = places.data();
  packet.msg_iovlen = places.size();
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (message.fd >= 0) {
    packet.msg_control = control.data();
    packet.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&packet);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &message.fd, sizeof(int));
    wait_for(POLLOUT, kPatience);
  }
  ssize_t sent = ::sendmsg(socket_.get(), &packet, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && (!try_again(errno) || message.fd >= 0)) return end("");
  for (const auto part : parts) {
    const auto gone = std::min(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)), part.size());
    output_.insert(output_.end(), part.begin() + static_cast<std::ptrdiff_t>(gone), part.end());
    sent -= static_cast<ssize_t>(gone);
  }
  return true;
}

bool Channel::flush() {
  if (ended_) return false;
  while (!output_.empty()) {
    const ssize_t sent = ::send(socket_.get(), output_.data(), output_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return try_again(errno) || end("");
    output_.erase(output_.begin(), output_.begin() + sent);
  }
  return true;
}

void Channel::wait(int milliseconds) const noexcept {
  wait_for(output_.empty() ? POLLIN : POLLOUT, milliseconds);
}

void Channel::wait_for(short events, int milliseconds) const noexcept {
  pollfd wanted{socket_.get(), events, 0};
  ::poll(&wanted, 1, milliseconds);
}

bool Channel::hung_up() const noexcept {
  pollfd state{.fd = socket_.get(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP)) != 0;
}

}  // namespace ixyflow::model
