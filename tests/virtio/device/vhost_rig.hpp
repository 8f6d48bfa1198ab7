#pragma once

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/format/net_header.hpp"
#include "drivers/virtio/socket/channel.hpp"
#include "tests/drivers/port_rig.hpp"
#include "tests/support/frames.hpp"
#include "tests/virtio/device/driver_ring.hpp"

namespace ixyflow::test {

/// How a guest is connected, and what it takes of what is offered.
struct GuestOptions {
  bool packed = false;
  drivers::virtio::Features features = 0;  ///< beside those that every guest takes
  bool legacy = false;                     ///< without VERSION_1
  std::uint16_t ring_size = 64;
  std::uint16_t pairs = 1;
};

/// Where a port listens; a base, because it must be there before the port is.
struct SocketPlace {
  TemporaryFolder directory;
  std::string path = directory / "guest.sock";
};

/// A port `vhost` with all that it needs, and the front ends that a test plays. Everything is in one thread,
/// which is why waiting for an answer is letting the port look after itself.
class VhostRig : public SocketPlace, public PortRig {
 public:
  explicit VhostRig(Parameters parameters = {}, RigOptions options = {});

  /// Has the control thread look, so often that everything that can happen happens.
  void look(unsigned times = 4);
  [[nodiscard]] std::string events() const;
  /// The workers' calls, which give rings back.
  void work();

  std::vector<std::string> said;
  bool transmits = true;  ///< the workers of transmit queues have begun
};

/// A front end, played by the test.
class Guest {
 public:
  /// Connects, and does no more.
  explicit Guest(VhostRig& rig);

  /// Sends a message; `flags` beside the version.
  void send(drivers::vhost_user::Request request, std::span<const std::byte> payload = {},
            std::vector<int> fds = {}, std::uint32_t flags = 0);
  template <class T>
  void send_value(drivers::vhost_user::Request request, const T& value, std::vector<int> fds = {},
                  std::uint32_t flags = 0) {
    send(request, std::as_bytes(std::span(&value, 1)), std::move(fds), flags);
  }
  void send_raw(std::span<const std::byte> bytes, std::span<const int> fds = {});
  void send_message(const msghdr& message);
  /// The answer to what was sent, after the port has looked; none when the connection has ended.
  std::optional<std::uint64_t> reply(drivers::vhost_user::Request request);
  template <class T>
  std::optional<std::uint64_t> ask(drivers::vhost_user::Request request, const T& value) {
    send_value(request, value);
    return reply(request);
  }
  /// Whether the port has ended the connection.
  bool turned_away();
  void hang_up() { channel_.reset(); }

  /// Everything up to the point where traffic flows.
  void begin(const GuestOptions& options = {});
  void send_memory(GuestFile& file);
  void start_ring(std::uint32_t index, std::uint32_t base);
  void enable(std::uint32_t index, bool enabled);
  /// A ring of another length in the place of one that is stopped, as after a reset of its queue.
  void replace_ring(std::uint32_t index, std::uint16_t size);

  /// Gives `count` buffers for reception, of `bytes` each.
  void refill(unsigned count, std::uint32_t bytes, std::uint16_t pair = 0);
  /// Sends a frame in one descriptor, behind a header.
  void transmit(const Bytes& frame, const drivers::virtio::NetHeader& header = {}, std::uint16_t pair = 0);
  /// A place in the guest's memory with these bytes.
  GuestPiece put(std::span<const std::uint8_t> bytes);
  Bytes with_header(const Bytes& frame, const drivers::virtio::NetHeader& header = {}) const;
  /// The next frame received, of one buffer or several, without its header, which goes to `header`.
  std::optional<Bytes> received(std::uint16_t pair = 0);

  [[nodiscard]] DriverRing& receive_ring(std::uint16_t pair = 0) { return rings_[2U * pair]; }
  [[nodiscard]] DriverRing& send_ring(std::uint16_t pair = 0) { return rings_[2U * pair + 1]; }
  [[nodiscard]] std::uint64_t calls(std::uint32_t ring);

  GuestFile file;
  drivers::virtio::NetHeader header;  ///< of the frame that was received last

 private:
  VhostRig& rig_;
  GuestOptions options_;
  std::optional<FileDescriptor> channel_;
  std::deque<DriverRing> rings_;
  std::vector<FileDescriptor> call_events_;
  std::uint32_t header_bytes_ = 12;
  std::map<std::pair<std::uint16_t, std::uint16_t>, GuestPiece> buffers_;
};

/// How many descriptors this process has open.
std::size_t open_descriptors();

/// A frame in which every byte tells its place, but for one that tells which frame it is.
Bytes frame(std::size_t length, std::uint8_t mark = 0);

/// Sends through the port, and says how many were taken.
std::uint32_t send(PortRig& rig, const std::vector<Bytes>& frames);

/// The bytes of the packets, which go back to the pool.
std::vector<Bytes> take(PortRig& rig, std::uint32_t burst = 32, std::uint16_t queue = 0);

}  // namespace ixyflow::test
