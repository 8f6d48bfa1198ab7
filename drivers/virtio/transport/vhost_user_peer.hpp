#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "drivers/virtio/socket/channel.hpp"
#include "drivers/virtio/socket/endpoint.hpp"

namespace ixyflow::drivers::virtio {

/// The device at the other end of vhost-user, as its front end speaks with it: one message at a time, each
/// answered where it must be. The first thing that goes wrong ends the connection; `meet` begins a new one.
class VhostUserPeer {
 public:
  VhostUserPeer(vhost_user::Endpoint endpoint, Duration patience)
      : endpoint_(std::move(endpoint)), patience_(patience.ns) {}

  /// Everything that is said from now on may take the patience together, and no longer than the TimeBudget.
  void begin() noexcept;
  /// A new connection, on which nothing was said yet. Errors: unavailable, refused.
  Result<void> meet();
  /// Says who we are, and learns what it offers.
  Result<void> introduce();

  /// Sends a message, and waits for its reply where it has one. Error (unavailable): it was the last one.
  Result<std::uint64_t> call(vhost_user::Request request, std::span<const std::byte> payload = {},
                             std::span<const int> fds = {});
  /// Sends a message without a reply, and waits for the word that it was done where there is such a thing.
  template <class T>
  Result<void> tell(vhost_user::Request request, const T& payload, std::span<const int> fds = {}) {
    return tell_bytes(request, std::as_bytes(std::span(&payload, 1)), fds);
  }
  Result<void> tell_bytes(vhost_user::Request request, std::span<const std::byte> payload,
                          std::span<const int> fds);

  /// Ends the connection, and waits until a peer that has our memory has ended it as well: then it has let go
  /// of it. Nobody can take memory from another process.
  void part() noexcept;

  [[nodiscard]] bool met() const noexcept { return channel_.has_value(); }
  [[nodiscard]] bool introduced() const noexcept { return channel_ && introduced_; }
  /// Whether it is there now. A system call.
  [[nodiscard]] bool connected() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept { return endpoint_.path(); }

  // What it has offered, and what was agreed upon.
  [[nodiscard]] std::uint64_t features() const noexcept { return features_; }
  [[nodiscard]] bool has_protocol_features() const noexcept;
  [[nodiscard]] bool agreed(unsigned protocol_feature) const noexcept {
    return (protocol_ & vhost_user::bit(protocol_feature)) != 0;
  }
  [[nodiscard]] std::uint32_t pairs() const noexcept { return pairs_; }

 private:
  /// Whether the time for what is being said is over.
  [[nodiscard]] bool late() const noexcept;
  Result<void> send(const vhost_user::Outgoing& message);
  Result<std::uint64_t> await_reply(vhost_user::Request request);
  /// It did, and what that may mean.
  std::unexpected<Error> ended(vhost_user::Request request);
  std::unexpected<Error> broken(vhost_user::Request request, std::string_view why);

  vhost_user::Endpoint endpoint_;
  std::chrono::nanoseconds patience_;
  vhost_user::Time deadline_;
  std::optional<vhost_user::Channel> channel_;
  bool introduced_ = false;
  bool shared_ = false;  ///< it has descriptors of our memory
  bool met_ = false;     ///< it was there once
  std::uint64_t features_ = 0;
  std::uint64_t protocol_ = 0;
  std::uint32_t pairs_ = 1;
};

}  // namespace ixyflow::drivers::virtio
