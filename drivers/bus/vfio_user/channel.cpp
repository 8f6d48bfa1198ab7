#include "drivers/bus/vfio_user/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "core/os/vanishing_memory.hpp"
#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"

namespace ixyflow::drivers {

using std::chrono::steady_clock;
using vfio_user::Header;

VfioUserChannel::VfioUserChannel(FileDescriptor socket, Duration patience) noexcept
    : socket_(std::move(socket)), patience_(patience.ns) {}

VfioUserReply VfioUserChannel::call(const VfioUserRequest& request) noexcept {
  if (gone_) return {.trouble = Trouble::ended};
  VfioUserReply reply = exchange(request, steady_clock::now() + patience_);
  if (reply.trouble != Trouble::none && reply.trouble != Trouble::refused) give_up(reply.trouble);
  return reply;
}

VfioUserReply VfioUserChannel::exchange(const VfioUserRequest& request, Deadline deadline) noexcept {
  Header header{
      .id = next_id_++,
      .command = static_cast<std::uint16_t>(request.command),
      .size = static_cast<std::uint32_t>(sizeof(Header) + request.body.size() + request.data.size()),
      .flags = vfio_user::kTypeCommand};
  VfioUserReply reply;
  reply.trouble = settle_until(deadline);
  if (reply.trouble == Trouble::none) reply.trouble = send(request, header, deadline);
  // The model may have commands of its own under way. Each takes time, which is bounded.
  while (reply.trouble == Trouble::none) {
    if (steady_clock::now() >= deadline) return {.trouble = Trouble::silent};
    if (TimeBudget::used_up()) return {.trouble = Trouble::too_slow};
    PassedDescriptors incoming;
    Header answer;
    reply.trouble = receive(std::as_writable_bytes(std::span(&answer, 1)), incoming, deadline);
    if (reply.trouble != Trouble::none) break;
    if (answer.size < sizeof(Header) || answer.size > vfio_user::kMaxMessage) {
      reply.trouble = Trouble::wrong_size;
    } else if ((answer.flags & vfio_user::kTypeMask) == vfio_user::kTypeCommand) {
      reply.trouble = refuse_command(answer, incoming, deadline);
    } else if ((answer.flags & vfio_user::kTypeMask) != vfio_user::kTypeReply) {
      reply.trouble = Trouble::wrong_command;
    } else if (answer.id != header.id) {
      reply.trouble = Trouble::wrong_id;
    } else if (answer.command != header.command) {
      reply.trouble = Trouble::wrong_command;
    } else {
      reply.trouble = take_reply(request, answer, incoming, deadline, reply);
      break;
    }
  }
  return reply;
}

Trouble VfioUserChannel::take_reply(const VfioUserRequest& request, const Header& header,
                                    PassedDescriptors& incoming, Deadline deadline,
                                    VfioUserReply& reply) noexcept {
  const std::size_t body = header.size - sizeof(Header);
  if ((header.flags & vfio_user::kError) != 0) {
    const Trouble trouble = skip(body, incoming, deadline);
    reply.error = static_cast<int>(std::min<std::uint32_t>(header.error, 4095));
    return trouble == Trouble::none ? Trouble::refused : trouble;
  }
  if (body > request.reply.size()) return Trouble::too_long;
  if (body < request.least_reply) return Trouble::too_short;
  if (const Trouble trouble = receive(request.reply.first(body), incoming, deadline);
      trouble != Trouble::none)
    return trouble;
  if (incoming.too_many() || incoming.count() > request.most_fds) return Trouble::too_many_fds;
  reply.bytes = body;
  if (incoming.count() != 0) reply.fd = incoming.take(0);
  return Trouble::none;
}

/// The model reads and writes our memory through its descriptor; commands are for memory without one.
Trouble VfioUserChannel::refuse_command(const Header& header, PassedDescriptors& incoming,
                                        Deadline deadline) noexcept {
  if (const Trouble trouble = skip(header.size - sizeof(Header), incoming, deadline);
      trouble != Trouble::none || (header.flags & vfio_user::kNoReply) != 0)
    return trouble;
  const Header refusal{.id = header.id,
                       .command = header.command,
                       .size = sizeof(Header),
                       .flags = vfio_user::kTypeReply | vfio_user::kError,
                       .error = ENOTSUP};
  return send_bytes(std::as_bytes(std::span(&refusal, 1)), -1, deadline);
}

Trouble VfioUserChannel::send(const VfioUserRequest& request, const Header& header,
                              Deadline deadline) noexcept {
  // What we send is small; one piece makes one system call.
  std::array<std::byte, 256> message;
  if (header.size > message.size()) return Trouble::wrong_size;
  auto end = std::ranges::copy(std::as_bytes(std::span(&header, 1)), message.begin()).out;
  end = std::ranges::copy(request.body, end).out;
  std::ranges::copy(request.data, end);
  return send_bytes(std::span(message).first(header.size), request.fd, deadline);
}

Trouble VfioUserChannel::send_bytes(std::span<const std::byte> bytes, int fd, Deadline deadline) noexcept {
  while (!bytes.empty()) {
    const ssize_t sent = send_passing(socket_.get(), bytes, std::span(&fd, fd >= 0 ? 1 : 0));
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      fd = -1;
    } else if (errno == EAGAIN) {
      if (const Trouble trouble = wait(POLLOUT, deadline); trouble != Trouble::none) return trouble;
    } else if (errno != EINTR) {
      return Trouble::ended;
    }
  }
  return Trouble::none;
}

Trouble VfioUserChannel::receive(std::span<std::byte> bytes, PassedDescriptors& incoming,
                                 Deadline deadline) noexcept {
  while (!bytes.empty()) {
    give_way();
    const ssize_t count = incoming.receive(socket_.get(), bytes);
    if (count > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (count == 0) {
      return Trouble::ended;
    } else if (errno == EAGAIN) {
      if (const Trouble trouble = wait(POLLIN, deadline); trouble != Trouble::none) return trouble;
    } else if (errno != EINTR) {
      return Trouble::ended;
    }
  }
  return Trouble::none;
}

Trouble VfioUserChannel::skip(std::size_t bytes, PassedDescriptors& incoming, Deadline deadline) noexcept {
  std::array<std::byte, 4096> nowhere;
  while (bytes != 0) {
    const std::size_t part = std::min(bytes, nowhere.size());
    if (const Trouble trouble = receive(std::span(nowhere).first(part), incoming, deadline);
        trouble != Trouble::none)
      return trouble;
    bytes -= part;
  }
  return Trouble::none;
}

Trouble VfioUserChannel::wait(short events, Deadline deadline) const noexcept {
  if (wait_ready(socket_.get(), events, deadline)) return Trouble::none;
  return steady_clock::now() >= deadline ? Trouble::silent : Trouble::too_slow;
}

void VfioUserChannel::post(const Doorbell& doorbell, std::uint32_t which) noexcept {
  if (doorbell.region >= kBars || gone_.load(std::memory_order_relaxed)) return;
  OwedWrites& owed = owed_[doorbell.region];
  const OwedWrites::Write write{doorbell.offset, doorbell.bytes, doorbell.value};
  if (owed.replace(write, which)) return;
  if (!send_doorbell(doorbell)) owed.keep(write);
}

/// One system call, which takes all of so small a message or nothing: so messages of several threads do not
/// get into each other. False: it found no room.
bool VfioUserChannel::send_doorbell(const Doorbell& doorbell) noexcept {
  struct {
    Header header;
    vfio_user::RegionAccess access;
    std::uint32_t value;
  } message{.header = {.command = static_cast<std::uint16_t>(vfio_user::Command::region_write),
                       .flags = vfio_user::kTypeCommand | vfio_user::kNoReply},
            .access = {.offset = doorbell.offset, .region = doorbell.region, .count = doorbell.bytes},
            .value = doorbell.value};
  message.header.size = static_cast<std::uint32_t>(sizeof(Header) + sizeof message.access + doorbell.bytes);
  const auto all = std::as_bytes(std::span(&message, 1)).first(message.header.size);
  const ssize_t sent = send_passing(socket_.get(), all, {});
  // Who has gone is found by the control thread; all else may be different the next time.
  if (sent < 0) return errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN;
  if (static_cast<std::size_t>(sent) != all.size()) give_up(Trouble::ended);
  return true;
}

bool VfioUserChannel::settle() noexcept {
  for (unsigned region = 0; region < kBars; ++region)
    if (!owed_[region].settle([this, region](const OwedWrites::Write& write) {
          return send_doorbell({region, write.offset, write.bytes, write.value});
        }))
      return false;
  return true;
}

/// Before anything else is said: a doorbell that was rung before a message must not come after it.
Trouble VfioUserChannel::settle_until(Deadline deadline) noexcept {
  while (!settle())
    if (const Trouble trouble = wait(POLLOUT, deadline); trouble != Trouble::none) return trouble;
  return Trouble::none;
}

bool VfioUserChannel::gone() noexcept {
  if (!gone_.load()) {
    // POLLRDHUP alone: what is still to be read does not matter, because nobody can answer us any more.
    pollfd state{.fd = socket_.get(), .events = POLLRDHUP, .revents = 0};
    if (::poll(&state, 1, 0) <= 0 || (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0) return false;
    give_up(Trouble::ended);
  } else if (end_.load() == Trouble::none) {
    give_up(Trouble::ended);
  }
  return true;
}

void VfioUserChannel::give_up(Trouble trouble, int error) noexcept {
  Trouble none = Trouble::none;
  if (!end_.compare_exchange_strong(none, trouble)) return;
  end_error_ = error;
  gone_ = true;
  ::shutdown(socket_.get(), SHUT_RDWR);
  make_vanish(gone_);
}

}  // namespace ixyflow::drivers
