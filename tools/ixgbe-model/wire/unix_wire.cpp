#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include "core/base/clock.hpp"
#include "core/os/bound_socket.hpp"
#include "core/os/unix_address.hpp"
#include "tools/ixgbe-model/wire/frame_buffer.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

/// Frames wait in the queue of the socket, and who sends them is held up when it is full.
class UnixWire final : public Wire {
 public:
  UnixWire(BoundSocket socket, std::optional<UnixAddress> remote)
      : socket_(std::move(socket)), remote_(std::move(remote)), learns_(!remote_) {}

  [[nodiscard]] std::span<const std::byte> peek() noexcept override {
    return frame_.peek([this](std::span<std::byte> room) { return receive(room); });
  }
  void consume() noexcept override { frame_.consume(); }
  [[nodiscard]] bool patient() const noexcept override { return true; }
  bool send(std::span<const std::byte> frame) noexcept override;
  [[nodiscard]] int descriptor() const noexcept override { return socket_.fd(); }
  [[nodiscard]] std::string status() const override {
    return fmt::format("wire_sent {}\nwire_lost {}\nwire_received {}\nwire_too_long {}\n", sent_, lost_,
                       frame_.received(), frame_.too_long());
  }

 private:
  ssize_t receive(std::span<std::byte> room) noexcept;

  BoundSocket socket_;
  std::optional<UnixAddress> remote_;
  bool learns_;  ///< the remote end is who sent last
  FrameBuffer frame_;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
};

ssize_t UnixWire::receive(std::span<std::byte> room) noexcept {
  UnixAddress from;
  const ssize_t bytes = ::recvfrom(socket_.fd(), room.data(), room.size(), MSG_DONTWAIT | MSG_TRUNC,
                                   reinterpret_cast<sockaddr*>(&from.address), &from.length);
  // A sender without a name cannot be answered.
  if (bytes >= 0 && learns_ && from.length > offsetof(sockaddr_un, sun_path)) remote_ = from;
  return bytes;
}

bool UnixWire::send(std::span<const std::byte> frame) noexcept {
  const ssize_t bytes = remote_ ? ::sendto(socket_.fd(), frame.data(), frame.size(),
                                           MSG_DONTWAIT | MSG_NOSIGNAL, remote_->get(), remote_->length)
                                : -1;
  if (remote_ && bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) return false;
  ++(bytes < 0 ? lost_ : sent_);
  return true;
}

}  // namespace

Result<std::unique_ptr<Wire>> make_unix_wire(const WireOptions& options, Traffic&) {
  if (options.words.empty() || options.words.size() > 2 || !options.values.empty())
    return fail(ExitCode::usage, "wire 'unix' takes one or two paths: unix:LOCAL[,REMOTE]");
  std::optional<UnixAddress> remote;
  if (options.words.size() == 2) {
    auto address = UnixAddress::of(options.words[1]);
    if (!address) return std::unexpected(address.error());
    remote = *address;
  }
  auto socket = BoundSocket::open(options.words[0], SOCK_DGRAM);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<UnixWire>(std::move(*socket), std::move(remote));
}

}  // namespace ixyflow::model
