#include "drivers/virtio/socket/channel.hpp"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/os/system_error.hpp"
#include "core/os/waiting/waiting.hpp"

namespace ixyflow::drivers::vhost_user {

bool Channel::end(std::string problem) {
  if (!ended_) problem_ = std::move(problem);
  ended_ = true;
  return false;
}

Channel::Next Channel::receive(Message& message, Time now) {
  if (ended_) return Next::ended;
  const auto next = [](Part part) { return part == Part::later ? Next::none : Next::ended; };
  if (header_bytes_ < sizeof(Header)) {
    const auto header = std::as_writable_bytes(std::span(&incoming_.header, 1));
    if (const Part part = fill(header, header_bytes_, now); part != Part::whole) return next(part);
    if (!check_header()) return Next::ended;
  }
  const std::span payload = std::span(incoming_.payload).first(incoming_.header.size);
  if (const Part part = fill(payload, payload_bytes_, now); part != Part::whole) return next(part);
  header_bytes_ = payload_bytes_ = 0;
  message = std::exchange(incoming_, {});
  return Next::message;
}

bool Channel::check_header() {
  const Header& header = incoming_.header;
  if ((header.flags & kVersionMask) != kVersion)
    return end(
        fmt::format("speaks version {} of the protocol, not {}", header.flags & kVersionMask, kVersion));
  if (header.size > kMaxPayload)
    return end(fmt::format("announces a message of {} bytes; {} is the most", header.size, kMaxPayload));
  return true;
}

/// Reads what is missing of `part`, of which there are `have` bytes.
Channel::Part Channel::fill(std::span<std::byte> part, std::size_t& have, Time now) {
  while (have < part.size()) {
    const ssize_t bytes = incoming_.fds.receive(socket_.get(), part.subspan(have));
    if (bytes < 0 && errno == EINTR) continue;
    const bool begun = header_bytes_ != 0;
    if (bytes < 0 && errno == EAGAIN) {
      if (!begun || now - incoming_since_ < kPatience) return Part::later;
      end("does not finish the message that it has begun");
      return Part::ended;
    }
    if (bytes < 0 && errno != ECONNRESET) {
      end(fmt::format("cannot be read: {}", system_error_text(errno)));
      return Part::ended;
    }
    if (bytes <= 0) {
      end(begun ? "closed the connection in the middle of a message" : "");
      return Part::ended;
    }
    if (incoming_.fds.too_many()) {
      end(fmt::format("sent more than {} descriptors with a message", PassedDescriptors::kMost));
      return Part::ended;
    }
    if (!begun) incoming_since_ = now;
    have += static_cast<std::size_t>(bytes);
  }
  return Part::whole;
}

bool Channel::send(const Outgoing& message, Time now) {
  if (!flush(now)) return false;
  std::array<std::byte, sizeof(Header) + kMaxPayload> bytes;
  const Header header{static_cast<std::uint32_t>(message.request), kVersion | message.flags,
                      static_cast<std::uint32_t>(message.payload.size())};
  const auto end_of_header = std::ranges::copy(std::as_bytes(std::span(&header, 1)), bytes.begin()).out;
  std::ranges::copy(message.payload, end_of_header);
  const std::span whole = std::span(bytes).first(sizeof header + message.payload.size());
  // Descriptors go with the first byte, and cannot wait: there is always room for one message.
  if (waiting()) return end("does not read what it is sent");
  ssize_t sent = -1;
  do sent = send_passing(socket_.get(), whole, message.fds);
  while (sent < 0 && errno == EINTR);
  if (sent < 0 && (errno != EAGAIN || !message.fds.empty())) return end("");
  const auto rest = whole.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  output_.assign(rest.begin(), rest.end());
  output_since_ = now;
  return true;
}

bool Channel::flush(Time now) {
  if (ended_) return false;
  while (!output_.empty()) {
    const ssize_t sent = send_passing(socket_.get(), output_, {});
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN)
      return now - output_since_ < kPatience || end("does not read what it is sent");
    if (sent < 0) return end("");
    output_.erase(output_.begin(), output_.begin() + sent);
  }
  return true;
}

void Channel::wait(Time deadline) const noexcept {
  static_cast<void>(wait_ready(socket_.get(), static_cast<short>(waiting() ? POLLOUT : POLLIN), deadline));
}

std::string mistake_in_request(const Message& message) {
  const MessageShape* shape = shape_of(message.header.request);
  if (shape == nullptr)
    return fmt::format("sent message {}, which no feature allows it", message.header.request);
  if ((message.header.flags & kReply) != 0) return fmt::format("sent {} as a reply", shape->name);
  if (!fits(shape->payload, message.header.size))
    return fmt::format("sent {} with {} bytes", shape->name, message.header.size);
  if (message.fds.count() > shape->most_fds)
    return fmt::format("sent {} with {} descriptors", shape->name, message.fds.count());
  return {};
}

}  // namespace ixyflow::drivers::vhost_user
