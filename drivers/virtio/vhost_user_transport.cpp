// The front end of vhost-user: the device is another process, which shares our packet memory.

#include "drivers/virtio/vhost_user_transport.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/system_error.hpp"
#include "drivers/vhost_user/channel.hpp"
#include "drivers/vhost_user/endpoint.hpp"
#include "drivers/virtio/features.hpp"

namespace ixyflow::drivers::virtio {

namespace {

using std::chrono::steady_clock;
using vhost_user::bit;
using vhost_user::Channel;
using vhost_user::Request;
using vhost_user::Time;

constexpr std::uint64_t kProtocolWanted = bit(vhost_user::protocol_feature::kMq) |
                                          bit(vhost_user::protocol_feature::kReplyAck) |
                                          bit(vhost_user::protocol_feature::kStatus);

/// What no peer can do for us: what is told by a configuration or a control queue, which there are none of,
/// and what vhost-user has no message for.
constexpr Features kImpossible = feature::kMac | feature::kStatus | feature::kMtu | feature::kCtrlVq |
                                 feature::kCtrlRx | feature::kCtrlVlan | feature::kRss |
                                 feature::kAccessPlatform | feature::kNotificationData | feature::kRingReset |
                                 bit(vhost_user::kProtocolFeatures);

constexpr std::uint64_t kMostPairs = vhost_user::kMaxRings / 2;

/// virtio 1.2, 5.1.4, up to the MTU.
struct NetConfig {
  std::array<std::uint8_t, 6> mac{};
  std::uint16_t status = 1;  ///< the link is up
  std::uint16_t pairs = 1;
  std::uint16_t mtu = 0;
};

class VhostUserTransport final : public Transport {
 public:
  VhostUserTransport(vhost_user::Endpoint endpoint, const VhostUserOptions& options)
      : endpoint_(std::move(endpoint)), patience_(options.patience.ns) {}
  ~VhostUserTransport() override { cut_off(); }

  /// A client's first connection.
  Result<void> meet();

  Result<void> reset() override;
  void cut_off() noexcept override;
  [[nodiscard]] std::uint8_t status() override { return connected() ? status_ : 0xff; }
  Result<void> add_status(std::uint8_t bits) override;
  Result<std::uint64_t> device_features() override;
  Result<void> accept_features(std::uint64_t features) override;
  Result<void> read_config(std::uint32_t offset, std::span<std::byte> bytes) override;
  Result<std::uint16_t> queue_size(std::uint16_t index) override {
    return index < 2 * pairs_ ? vhost_user::kMaxRingSize : 0;
  }
  Result<Notifier> start_queue(const QueuePlace& place) override;
  [[nodiscard]] bool started_pairs_work() const noexcept override { return true; }
  Result<void> map(const DmaMemory& memory) override;
  void unmap(const DmaMemory& memory) noexcept override;
  [[nodiscard]] DeviceAddresses addresses() const noexcept override { return DeviceAddresses::linear; }
  [[nodiscard]] bool gone() const noexcept override { return false; }
  [[nodiscard]] std::string why_gone() const override { return ""; }
  [[nodiscard]] bool connected() const noexcept override;

 private:
  struct Kick {
    std::uint16_t queue = 0;
    FileDescriptor event;
  };

  /// One message, and its reply where there is one; `what_for` stands in the error.
  Result<std::uint64_t> call(Request request, std::span<const std::byte> payload = {},
                             std::span<const int> fds = {}, bool confirmed = false);
  Result<std::uint64_t> await_reply(Request request);
  template <class T>
  Result<void> tell(Request request, const T& payload, std::span<const int> fds = {}) {
    const auto done = call(request, std::as_bytes(std::span(&payload, 1)), fds, true);
    if (!done) return std::unexpected(done.error());
    return {};
  }
  Result<void> introduce();
  Result<void> stop_queues();
  Result<void> send_memory();
  Result<void> send_status();
  [[nodiscard]] std::unexpected<Error> broken(std::string_view name, std::string_view why);
  [[nodiscard]] bool agreed(unsigned protocol_feature) const noexcept {
    return (protocol_ & bit(protocol_feature)) != 0;
  }
  void begin_call() noexcept { deadline_ = steady_clock::now() + patience_; }

  vhost_user::Endpoint endpoint_;
  std::chrono::nanoseconds patience_;
  Time deadline_;  ///< of the function that is under way, all its messages together
  std::optional<Channel> channel_;
  bool introduced_ = false;
  std::uint64_t features_ = 0;  ///< that the peer offers
  std::uint64_t protocol_ = 0;
  std::uint64_t pairs_ = 1;
  bool packed_ = false;
  std::uint8_t status_ = 0;
  std::vector<const DmaMemory*> memory_;
  bool memory_sent_ = false;
  std::vector<Kick> kicks_;  ///< of the started queues
};

std::unexpected<Error> VhostUserTransport::broken(std::string_view name, std::string_view why) {
  channel_.reset();
  return fail(ExitCode::unavailable,
              fmt::format("the vhost-user peer at '{}' {} ({})", printable(endpoint_.path()), why, name));
}

Result<void> VhostUserTransport::meet() {
  FileDescriptor socket = endpoint_.meet();
  if (!socket.open()) {
    if (endpoint_.listens())
      return fail(ExitCode::unavailable,
                  fmt::format("no vhost-user peer has come to '{}'", printable(endpoint_.path())));
    return std::unexpected(vhost_user::cannot_meet(endpoint_.path(), errno));
  }
  channel_.emplace(std::move(socket));
  introduced_ = memory_sent_ = false;
  return {};
}

Result<std::uint64_t> VhostUserTransport::call(Request request, std::span<const std::byte> payload,
                                               std::span<const int> fds, bool confirmed) {
  const vhost_user::MessageShape& shape = *vhost_user::shape_of(static_cast<std::uint32_t>(request));
  if (!channel_) return fail(ExitCode::unavailable, "the vhost-user peer is gone");
  const bool asks = confirmed && !shape.replies && agreed(vhost_user::protocol_feature::kReplyAck);
  bool good = channel_->send(
      {.request = request, .flags = asks ? vhost_user::kNeedReply : 0, .payload = payload, .fds = fds},
      steady_clock::now());
  while (good && channel_->waiting() && steady_clock::now() < deadline_) {
    channel_->wait(deadline_);
    good = channel_->flush(steady_clock::now());
  }
  if (!good || channel_->waiting())
    return broken(shape.name, good ? "does not read" : "closed the connection");
  if (!asks && !shape.replies) return 0;
  const auto reply = await_reply(request);
  if (reply && asks && *reply != 0) return broken(shape.name, "refused it");
  return reply;
}

Result<std::uint64_t> VhostUserTransport::await_reply(Request request) {
  const vhost_user::MessageShape& shape = *vhost_user::shape_of(static_cast<std::uint32_t>(request));
  vhost_user::Message message;
  for (;;) {
    const auto next = channel_->receive(message, steady_clock::now());
    if (next == Channel::Next::message) break;
    if (next == Channel::Next::ended) {
      const std::string why = channel_->problem();
      return broken(shape.name, why.empty() ? "closed the connection" : why);
    }
    if (steady_clock::now() >= deadline_)
      return broken(shape.name, fmt::format("did not answer within {}", show(Duration{patience_.count()})));
    channel_->wait(deadline_);
  }
  if (message.header.request != static_cast<std::uint32_t>(request) ||
      (message.header.flags & vhost_user::kReply) == 0)
    return broken(shape.name, "answered something that was not asked");
  if (message.header.size != sizeof(std::uint64_t) || message.fds.count() != 0)
    return broken(shape.name, fmt::format("answered with {} bytes and {} descriptors", message.header.size,
                                          message.fds.count()));
  return message.as<std::uint64_t>();
}

/// The first messages to a peer, in the order in which DPDK's front end sends them.
Result<void> VhostUserTransport::introduce() {
  protocol_ = 0;
  if (auto done = call(Request::set_owner); !done) return std::unexpected(done.error());
  const auto features = call(Request::get_features);
  if (!features) return std::unexpected(features.error());
  features_ = *features;
  pairs_ = 1;
  if ((features_ & bit(vhost_user::kProtocolFeatures)) != 0) {
    const auto protocol = call(Request::get_protocol_features);
    if (!protocol) return std::unexpected(protocol.error());
    const std::uint64_t wanted = *protocol & kProtocolWanted;
    if (auto done = tell(Request::set_protocol_features, wanted); !done) return done;
    protocol_ = wanted;
  }
  if (agreed(vhost_user::protocol_feature::kMq)) {
    const auto pairs = call(Request::get_queue_num);
    if (!pairs) return std::unexpected(pairs.error());
    pairs_ = std::clamp<std::uint64_t>(*pairs, 1, kMostPairs);
  }
  introduced_ = true;
  return {};
}

Result<void> VhostUserTransport::reset() {
  begin_call();
  if (channel_ && !connected()) channel_.reset();
  if (!channel_) {
    kicks_.clear();
    if (auto met = meet(); !met) return met;
  }
  if (!introduced_) {
    if (auto done = introduce(); !done) return done;
  }
  if (auto stopped = stop_queues(); !stopped) return stopped;
  status_ = 0;
  return send_status();
}

/// Has the peer stop every queue that it was given: its answer says that it does not touch it any more.
Result<void> VhostUserTransport::stop_queues() {
  for (const Kick& kick : kicks_) {
    const vhost_user::RingNumber which{kick.queue, 0};
    if (auto done = call(Request::get_vring_base, std::as_bytes(std::span(&which, 1))); !done)
      return std::unexpected(done.error());
  }
  kicks_.clear();
  return {};
}

/// Nobody can take memory from another process. It is asked to let go by the end of the connection, and has
/// done so when it ends it as well.
void VhostUserTransport::cut_off() noexcept {
  if (!channel_) return;
  begin_call();
  ::shutdown(channel_->fd(), SHUT_WR);
  std::array<std::byte, 64> nowhere;
  while (steady_clock::now() < deadline_) {
    const ssize_t count = ::recv(channel_->fd(), nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) break;
    if (count < 0) channel_->wait(deadline_);
  }
  channel_.reset();
}

Result<void> VhostUserTransport::send_status() {
  const std::uint64_t status = status_;
  if (!agreed(vhost_user::protocol_feature::kStatus)) return {};
  return tell(Request::set_status, status);
}

Result<void> VhostUserTransport::add_status(std::uint8_t bits) {
  begin_call();
  status_ |= bits;
  if ((bits & status::kDriverOk) != 0 && (features_ & bit(vhost_user::kProtocolFeatures)) != 0)
    for (const Kick& kick : kicks_)
      if (auto done = tell(Request::set_vring_enable, vhost_user::RingNumber{kick.queue, 1}); !done)
        return done;
  return send_status();
}

Result<std::uint64_t> VhostUserTransport::device_features() {
  if (!introduced_) return fail(ExitCode::unavailable, "no vhost-user peer is there yet");
  const bool many = agreed(vhost_user::protocol_feature::kMq) && pairs_ > 1;
  return features_ & ~(kImpossible | (many ? 0 : feature::kMq));
}

Result<void> VhostUserTransport::accept_features(std::uint64_t features) {
  begin_call();
  packed_ = (features & feature::kRingPacked) != 0;
  const std::uint64_t all = features | (features_ & bit(vhost_user::kProtocolFeatures));
  if (auto done = tell(Request::set_features, all); !done) return done;
  status_ |= status::kFeaturesOk;
  if (auto done = send_status(); !done || !agreed(vhost_user::protocol_feature::kStatus)) return done;
  const auto now = call(Request::get_status);
  if (!now) return std::unexpected(now.error());
  if ((*now & status::kFeaturesOk) == 0)
    return fail(ExitCode::refused, fmt::format("the vhost-user peer at '{}' does not take the features {:#x}",
                                               printable(endpoint_.path()), features));
  return {};
}

Result<void> VhostUserTransport::read_config(std::uint32_t offset, std::span<std::byte> bytes) {
  NetConfig config;
  config.pairs = static_cast<std::uint16_t>(pairs_);
  const auto all = std::as_bytes(std::span(&config, 1));
  std::ranges::fill(bytes, std::byte{0});
  if (offset < all.size())
    std::ranges::copy(all.subspan(offset, std::min(bytes.size(), all.size() - offset)), bytes.begin());
  return {};
}

Result<void> VhostUserTransport::send_memory() {
  vhost_user::MemoryTable table;
  std::array<int, vhost_user::kMaxRegions> fds{};
  for (const DmaMemory* memory : memory_)
    for (const DmaMemory::Piece& piece : memory->pieces()) {
      if (table.count == table.regions.size())
        return fail(ExitCode::configuration,
                    fmt::format("vhost-user shares at most {} stretches of memory", table.regions.size()));
      // The peer knows our memory by device addresses only, whatever it wants to call them.
      table.regions[table.count] = {piece.device_address, piece.bytes.size(), piece.device_address,
                                    piece.file_offset};
      fds[table.count++] = memory->file_descriptor();
    }
  const std::size_t unused = (table.regions.size() - table.count) * sizeof(vhost_user::MemoryRegion);
  const auto bytes = std::as_bytes(std::span(&table, 1)).first(sizeof table - unused);
  const auto done = call(Request::set_mem_table, bytes, std::span(fds).first(table.count), true);
  if (!done) return std::unexpected(done.error());
  memory_sent_ = true;
  return {};
}

Result<Notifier> VhostUserTransport::start_queue(const QueuePlace& place) {
  begin_call();
  if (!memory_sent_)
    if (auto sent = send_memory(); !sent) return std::unexpected(sent.error());
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.open())
    return fail(ExitCode::unavailable, fmt::format("cannot make an eventfd: {}", system_error_text(errno)));
  const std::uint32_t index = place.index;
  // Both sides of a packed ring begin at descriptor 0 of the first turn.
  constexpr std::uint32_t kBothWraps = vhost_user::kPackedWrap | vhost_user::kPackedWrap << 16;
  const int kick = event.get();
  const vhost_user::RingAddresses addresses{.index = index,
                                            .descriptors = place.descriptors.address,
                                            .used = place.device.address,
                                            .available = place.driver.address};
  const auto told = [&]() -> Result<void> {
    // First, because peers make the ring with it. Nobody wants to be called.
    if (auto done = tell(Request::set_vring_call, index | vhost_user::kNoDescriptor); !done) return done;
    if (auto done = tell(Request::set_vring_num, vhost_user::RingNumber{index, place.size}); !done)
      return done;
    if (auto done = tell(Request::set_vring_base, vhost_user::RingNumber{index, packed_ ? kBothWraps : 0});
        !done)
      return done;
    if (auto done = tell(Request::set_vring_addr, addresses); !done) return done;
    return tell(Request::set_vring_kick, std::uint64_t{index}, std::span(&kick, 1));
  }();
  if (!told) return std::unexpected(told.error());
  kicks_.push_back({place.index, std::move(event)});
  return Notifier(kick);
}

Result<void> VhostUserTransport::map(const DmaMemory& memory) {
  if (memory.addresses() != DeviceAddresses::linear)
    return fail(ExitCode::internal, "a vhost-user peer knows memory by linear addresses only");
  memory_.push_back(&memory);
  memory_sent_ = false;
  return {};
}

void VhostUserTransport::unmap(const DmaMemory& memory) noexcept {
  std::erase(memory_, &memory);
  // A peer without memory has nothing to do.
  cut_off();
}

bool VhostUserTransport::connected() const noexcept {
  if (!channel_ || channel_->ended()) return false;
  pollfd state{.fd = channel_->fd(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) <= 0 || (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

}  // namespace

Result<std::unique_ptr<Transport>> open_vhost_user_transport(const std::string& path,
                                                             const VhostUserOptions& options) {
  auto endpoint = options.server ? vhost_user::Endpoint::listen(path) : vhost_user::Endpoint::go(path);
  if (!endpoint) return std::unexpected(endpoint.error());
  auto transport = std::make_unique<VhostUserTransport>(std::move(*endpoint), options);
  if (!options.server)
    if (auto met = transport->meet(); !met) return std::unexpected(met.error());
  return transport;
}

}  // namespace ixyflow::drivers::virtio
