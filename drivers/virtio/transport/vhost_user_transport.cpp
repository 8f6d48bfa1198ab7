// The front end of vhost-user: the device is another process, which shares our packet memory.

#include "drivers/virtio/transport/vhost_user_transport.hpp"

#include <fmt/core.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/system_error.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/transport/vhost_user_peer.hpp"

namespace ixyflow::drivers::virtio {

namespace {

using vhost_user::Request;

/// What no peer can do for us: what is told by a configuration or a control queue, which there are none of,
/// and what vhost-user has no message for.
constexpr Features kImpossible = feature::kMac | feature::kStatus | feature::kMtu | feature::kCtrlVq |
                                 feature::kCtrlRx | feature::kCtrlVlan | feature::kRss |
                                 feature::kAccessPlatform | feature::kNotificationData |
                                 vhost_user::bit(vhost_user::kProtocolFeatures);

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
      : peer_(std::move(endpoint), options.patience) {}
  ~VhostUserTransport() override { peer_.part(); }

  /// A client's first connection.
  Result<void> meet() { return peer_.meet(); }

  Result<void> reset() override;
  void cut_off() noexcept override { peer_.part(); }
  [[nodiscard]] std::uint8_t status() override { return connected() ? status_ : 0xff; }
  Result<void> add_status(std::uint8_t bits) override;
  Result<std::uint64_t> device_features() override;
  Result<void> accept_features(std::uint64_t features) override;
  Result<void> read_config(std::uint32_t offset, std::span<std::byte> bytes) override;
  Result<std::uint16_t> queue_size(std::uint16_t index) override {
    return index < 2 * peer_.pairs() ? vhost_user::kMaxRingSize : 0;
  }
  Result<Notifier> start_queue(const QueuePlace& place) override;
  Result<void> reset_queue(std::uint16_t index) override;
  [[nodiscard]] bool started_pairs_work() const noexcept override { return true; }
  Result<void> map(const DmaMemory& memory) override;
  void unmap(const DmaMemory& memory) noexcept override;
  [[nodiscard]] DeviceAddresses addresses() const noexcept override { return DeviceAddresses::linear; }
  /// A peer that has gone may come back; a page of packet memory that was taken away does not.
  [[nodiscard]] bool gone() const noexcept override {
    return std::ranges::any_of(memory_, &DmaMemory::vanished);
  }
  [[nodiscard]] std::string why_gone() const override {
    return gone() ? "a peer that shares packet memory has taken a page of it away"
                  : fmt::format("the vhost-user peer at '{}' is gone", printable(peer_.path()));
  }
  [[nodiscard]] bool connected() const noexcept override { return peer_.connected() && !gone(); }

 private:
  /// Our end of a socket pair. What the protocol has here is an eventfd, and a peer that has one can make
  /// writing to it wait: by a full counter, and without O_NONBLOCK, which belongs to the open file that both
  /// have. For this end it can do neither, and its own end is polled and read like an eventfd.
  struct Kick {
    std::uint16_t queue = 0;
    FileDescriptor socket;
    bool started = false;  ///< the peer has the other end
  };

  Result<void> stop_queues();
  Result<void> stop_queue(Kick& kick);
  Result<void> send_memory();
  Result<void> send_status();
  Result<void> describe_queue(const QueuePlace& place, int kick);

  VhostUserPeer peer_;
  bool packed_ = false;
  std::uint8_t status_ = 0;
  std::vector<const DmaMemory*> memory_;
  bool memory_sent_ = false;
  /// By queue. They stay open when a queue is stopped, because its worker may not know of it yet, and would
  /// write to whatever has the number then.
  std::vector<Kick> kicks_;
};

Result<void> VhostUserTransport::reset() {
  if (gone()) return fail(ExitCode::unavailable, why_gone());
  peer_.begin();
  if (!connected()) {
    for (Kick& kick : kicks_) kick.started = false;
    memory_sent_ = false;
    if (auto met = peer_.meet(); !met) return met;
  }
  if (!peer_.introduced())
    if (auto done = peer_.introduce(); !done) return done;
  if (auto stopped = stop_queues(); !stopped) return stopped;
  status_ = 0;
  return send_status();
}

/// Has the peer stop every queue that it was given.
Result<void> VhostUserTransport::stop_queues() {
  for (Kick& kick : kicks_)
    if (auto stopped = stop_queue(kick); !stopped) return stopped;
  return {};
}

/// Its answer says that it does not touch the queue any more.
Result<void> VhostUserTransport::stop_queue(Kick& kick) {
  if (!kick.started) return {};
  const vhost_user::RingNumber which{kick.queue, 0};
  if (auto done = peer_.call(Request::get_vring_base, std::as_bytes(std::span(&which, 1))); !done)
    return std::unexpected(done.error());
  kick.started = false;
  return {};
}

/// vhost-user has no message of its own for it (virtio 1.2, 2.6.1): a ring that is stopped, and described
/// anew when it is started again, was reset. That it is enabled stays.
Result<void> VhostUserTransport::reset_queue(std::uint16_t index) {
  peer_.begin();
  const auto kick = std::ranges::find(kicks_, index, &Kick::queue);
  return kick == kicks_.end() ? Result<void>() : stop_queue(*kick);
}

Result<void> VhostUserTransport::send_status() {
  if (!peer_.agreed(vhost_user::protocol_feature::kStatus)) return {};
  return peer_.tell(Request::set_status, std::uint64_t{status_});
}

Result<void> VhostUserTransport::add_status(std::uint8_t bits) {
  peer_.begin();
  status_ |= bits;
  if ((bits & status::kDriverOk) != 0 && peer_.has_protocol_features())
    for (const Kick& kick : kicks_) {
      if (!kick.started) continue;
      if (auto done = peer_.tell(Request::set_vring_enable, vhost_user::RingNumber{kick.queue, 1}); !done)
        return done;
    }
  return send_status();
}

Result<std::uint64_t> VhostUserTransport::device_features() {
  if (!peer_.introduced())
    return fail(ExitCode::unavailable,
                fmt::format("no vhost-user peer is at '{}' yet", printable(peer_.path())));
  const bool many = peer_.agreed(vhost_user::protocol_feature::kMq) && peer_.pairs() > 1;
  return peer_.features() & ~(kImpossible | (many ? 0 : feature::kMq));
}

Result<void> VhostUserTransport::accept_features(std::uint64_t features) {
  peer_.begin();
  packed_ = (features & feature::kRingPacked) != 0;
  const std::uint64_t all = features | (peer_.features() & vhost_user::bit(vhost_user::kProtocolFeatures));
  if (auto done = peer_.tell(Request::set_features, all); !done) return done;
  status_ |= status::kFeaturesOk;
  if (auto done = send_status(); !done) return done;
  if (!peer_.agreed(vhost_user::protocol_feature::kStatus)) return {};
  const auto now = peer_.call(Request::get_status);
  if (!now) return std::unexpected(now.error());
  if ((*now & status::kFeaturesOk) == 0)
    return fail(ExitCode::refused, fmt::format("the vhost-user peer at '{}' does not take the features {:#x}",
                                               printable(peer_.path()), features));
  return {};
}

Result<void> VhostUserTransport::read_config(std::uint32_t offset, std::span<std::byte> bytes) {
  NetConfig config;
  config.pairs = static_cast<std::uint16_t>(peer_.pairs());
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
      // The peer knows our memory by device addresses, as those of a guest and of a process alike.
      table.regions[table.count] = {piece.device_address, piece.bytes.size(), piece.device_address,
                                    piece.file_offset};
      fds[table.count++] = memory->file_descriptor();
    }
  const std::size_t unused = (table.regions.size() - table.count) * sizeof(vhost_user::MemoryRegion);
  const auto bytes = std::as_bytes(std::span(&table, 1)).first(sizeof table - unused);
  auto done = peer_.tell_bytes(Request::set_mem_table, bytes, std::span(fds).first(table.count));
  memory_sent_ = done.has_value();
  return done;
}

Result<Notifier> VhostUserTransport::start_queue(const QueuePlace& place) {
  peer_.begin();
  if (!memory_sent_)
    if (auto sent = send_memory(); !sent) return std::unexpected(sent.error());
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return fail(ExitCode::unavailable,
                fmt::format("cannot make a socket pair: {}", system_error_text(errno)));
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  // A peer that is behind finds a few kicks, not all: one is as good as many.
  const int least = 0;
  ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
  const int kick = ours.get();
  if (auto told = describe_queue(place, theirs.get()); !told) return std::unexpected(told.error());
  // That of its last start goes now that no worker has the queue.
  std::erase_if(kicks_, [&place](const Kick& old) { return old.queue == place.index; });
  kicks_.push_back({place.index, std::move(ours), true});
  return Notifier(kick);
}

Result<void> VhostUserTransport::describe_queue(const QueuePlace& place, int kick) {
  const std::uint32_t index = place.index;
  // Both sides of a packed ring begin at descriptor 0 of the first turn.
  constexpr std::uint32_t kBothWraps = vhost_user::kPackedWrap | vhost_user::kPackedWrap << 16;
  const vhost_user::RingNumber base{index, packed_ ? kBothWraps : 0};
  const vhost_user::RingAddresses addresses{.index = index,
                                            .descriptors = place.descriptors.address,
                                            .used = place.device.address,
                                            .available = place.driver.address};
  // First, because peers make the ring with it. Nobody wants to be called.
  if (auto done = peer_.tell(Request::set_vring_call, index | vhost_user::kNoDescriptor); !done) return done;
  if (auto done = peer_.tell(Request::set_vring_num, vhost_user::RingNumber{index, place.size}); !done)
    return done;
  if (auto done = peer_.tell(Request::set_vring_base, base); !done) return done;
  if (auto done = peer_.tell(Request::set_vring_addr, addresses); !done) return done;
  return peer_.tell(Request::set_vring_kick, std::uint64_t{index}, std::span(&kick, 1));
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
  peer_.part();
}

}  // namespace

Result<std::unique_ptr<Transport>> open_vhost_user_transport(const std::string& path,
                                                             const VhostUserOptions& options) {
  const auto peers = PeerUsers::of(options.peer_user);
  if (!peers) return std::unexpected(peers.error());
  auto endpoint = options.server ? vhost_user::Endpoint::listen(path, options.rights, *peers)
                                 : vhost_user::Endpoint::go(path, *peers);
  if (!endpoint)
    return fail(endpoint.error().code == ExitCode::usage ? ExitCode::configuration : endpoint.error().code,
                endpoint.error().text);
  auto transport = std::make_unique<VhostUserTransport>(std::move(*endpoint), options);
  if (!options.server)
    if (auto met = transport->meet(); !met) return std::unexpected(met.error());
  return transport;
}

}  // namespace ixyflow::drivers::virtio
