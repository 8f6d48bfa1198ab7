#include "drivers/virtio/transport/vhost_user_peer.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/base/diagnostics.hpp"
#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"

namespace ixyflow::drivers::virtio {

using std::chrono::steady_clock;
using vhost_user::bit;
using vhost_user::Channel;
using vhost_user::Request;

namespace {

constexpr std::uint64_t kProtocolWanted = bit(vhost_user::protocol_feature::kMq) |
                                          bit(vhost_user::protocol_feature::kReplyAck) |
                                          bit(vhost_user::protocol_feature::kStatus);
constexpr std::uint64_t kMostPairs = vhost_user::kMaxRings / 2;

const vhost_user::MessageShape& shape(Request request) {
  return *vhost_user::shape_of(static_cast<std::uint32_t>(request));
}

}  // namespace

bool VhostUserPeer::has_protocol_features() const noexcept {
  return (features_ & bit(vhost_user::kProtocolFeatures)) != 0;
}

std::unexpected<Error> VhostUserPeer::broken(Request request, std::string_view why) {
  channel_.reset();
  return fail(ExitCode::unavailable, fmt::format("the vhost-user peer at '{}' {} ({})", printable(path()),
                                                 why, shape(request).name));
}

std::unexpected<Error> VhostUserPeer::ended(Request request) {
  const std::string why = channel_->problem();
  if (!why.empty()) return broken(request, why);
  return broken(request,
                introduced_ ? "closed the connection"
                            : "closed the connection at once, as one does that serves somebody else already");
}

Result<void> VhostUserPeer::meet() {
  FileDescriptor socket = endpoint_.meet();
  if (!socket.open()) {
    if (endpoint_.listens())
      return fail(ExitCode::unavailable,
                  fmt::format("no vhost-user peer has come to '{}'", printable(path())));
    Error absent = vhost_user::cannot_meet(path(), errno);
    // A peer that was there once may be away; one that never was may need somebody to start it.
    if (!met_ && absent.code == ExitCode::unavailable)
      absent.text += "; start the device there first, or have it come: server = true";
    return std::unexpected(std::move(absent));
  }
  if (auto known = endpoint_.check(socket); !known) return known;
  met_ = true;
  channel_.emplace(std::move(socket));
  introduced_ = false;
  shared_ = false;
  return {};
}

Result<void> VhostUserPeer::send(const vhost_user::Outgoing& message) {
  if (!channel_)
    return fail(ExitCode::unavailable, fmt::format("the vhost-user peer at '{}' is gone", printable(path())));
  bool good = channel_->send(message, steady_clock::now());
  while (good && channel_->waiting() && !late()) {
    channel_->wait(deadline_);
    good = channel_->flush(steady_clock::now());
  }
  if (!good) return ended(message.request);
  if (channel_->waiting()) return broken(message.request, "does not read what it is sent");
  return {};
}

Result<std::uint64_t> VhostUserPeer::call(Request request, std::span<const std::byte> payload,
                                          std::span<const int> fds) {
  if (auto sent = send({.request = request, .payload = payload, .fds = fds}); !sent)
    return std::unexpected(sent.error());
  return shape(request).replies ? await_reply(request) : 0;
}

Result<void> VhostUserPeer::tell_bytes(Request request, std::span<const std::byte> payload,
                                       std::span<const int> fds) {
  shared_ |= request == Request::set_mem_table;
  const bool asks = agreed(vhost_user::protocol_feature::kReplyAck);
  if (auto sent = send(
          {.request = request, .flags = asks ? vhost_user::kNeedReply : 0, .payload = payload, .fds = fds});
      !sent || !asks)
    return sent;
  const auto word = await_reply(request);
  if (!word) return std::unexpected(word.error());
  if (*word != 0) return broken(request, "refused it");
  return {};
}

Result<std::uint64_t> VhostUserPeer::await_reply(Request request) {
  vhost_user::Message message;
  for (;;) {
    const auto next = channel_->receive(message, steady_clock::now());
    if (next == Channel::Next::message) break;
    if (next == Channel::Next::ended) return ended(request);
    if (late())
      return broken(request, fmt::format("did not answer within {}", show(Duration{patience_.count()})));
    channel_->wait(deadline_);
  }
  if (message.header.request != static_cast<std::uint32_t>(request) ||
      (message.header.flags & vhost_user::kReply) == 0)
    return broken(request, "answered something that was not asked");
  if (message.header.size != sizeof(std::uint64_t) || message.fds.count() != 0)
    return broken(request, fmt::format("answered with {} bytes and {} descriptors", message.header.size,
                                       message.fds.count()));
  return message.as<std::uint64_t>();
}

/// The order is that in which DPDK's front end says it.
Result<void> VhostUserPeer::introduce() {
  protocol_ = 0;
  pairs_ = 1;
  if (auto done = call(Request::set_owner); !done) return std::unexpected(done.error());
  const auto features = call(Request::get_features);
  if (!features) return std::unexpected(features.error());
  features_ = *features;
  if (has_protocol_features()) {
    const auto offered = call(Request::get_protocol_features);
    if (!offered) return std::unexpected(offered.error());
    const std::uint64_t wanted = *offered & kProtocolWanted;
    if (auto done = tell(Request::set_protocol_features, wanted); !done) return done;
    protocol_ = wanted;
  }
  if (agreed(vhost_user::protocol_feature::kMq)) {
    const auto pairs = call(Request::get_queue_num);
    if (!pairs) return std::unexpected(pairs.error());
    pairs_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(*pairs, 1, kMostPairs));
  }
  introduced_ = true;
  return {};
}

void VhostUserPeer::begin() noexcept {
  deadline_ = steady_clock::now() + patience_;
}

bool VhostUserPeer::late() const noexcept {
  return steady_clock::now() >= deadline_ || TimeBudget::used_up();
}

void VhostUserPeer::part() noexcept {
  if (!channel_) return;
  if (!shared_) return channel_.reset();
  begin();
  ::shutdown(channel_->fd(), SHUT_WR);
  std::array<std::byte, 64> nowhere;
  while (!late()) {
    const ssize_t count = ::recv(channel_->fd(), nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) break;
    if (count < 0)
      channel_->wait(deadline_);
    else
      give_way();
  }
  channel_.reset();
}

bool VhostUserPeer::connected() const noexcept {
  if (!channel_ || channel_->ended()) return false;
  pollfd state{.fd = channel_->fd(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) <= 0 || (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

}  // namespace ixyflow::drivers::virtio
