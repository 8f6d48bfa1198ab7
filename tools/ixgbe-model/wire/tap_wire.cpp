#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "core/base/diagnostics.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/system_error.hpp"
#include "tools/ixgbe-model/wire/frame_buffer.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

class TapWire final : public Wire {
 public:
  explicit TapWire(FileDescriptor tap) : tap_(std::move(tap)) {}

  [[nodiscard]] std::span<const std::byte> peek() noexcept override {
    return frame_.peek(
        [this](std::span<std::byte> room) { return ::read(tap_.get(), room.data(), room.size()); });
  }
  void consume() noexcept override { frame_.consume(); }
  [[nodiscard]] bool patient() const noexcept override { return false; }
  bool send(std::span<const std::byte> frame) noexcept override {
    const ssize_t bytes = ::write(tap_.get(), frame.data(), frame.size());
    if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    ++(bytes < 0 ? lost_ : sent_);  // an interface that is down takes nothing
    return true;
  }
  [[nodiscard]] int descriptor() const noexcept override { return tap_.get(); }
  [[nodiscard]] std::string status() const override {
    return fmt::format("wire_sent {}\nwire_lost {}\nwire_received {}\n", sent_, lost_, frame_.received());
  }

 private:
  FileDescriptor tap_;
  FrameBuffer frame_;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
};

std::unexpected<Error> no_tap(const std::string& name, int error) {
  const bool right = error == EPERM || error == EACCES;
  return fail(right ? ExitCode::refused : ExitCode::output,
              fmt::format("cannot take the TAP interface '{}': {}{}", printable(name),
                          system_error_text(error), right ? " (it takes root or CAP_NET_ADMIN)" : ""));
}

}  // namespace

Result<std::unique_ptr<Wire>> make_tap_wire(const WireOptions& options, Traffic&) {
  if (options.words.size() != 1 || !options.values.empty() || options.words[0].size() >= IFNAMSIZ)
    return fail(ExitCode::usage,
                fmt::format("wire 'tap' takes one name of at most {} characters: tap:NAME", IFNAMSIZ - 1));
  const std::string& name = options.words[0];
  FileDescriptor tap(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!tap.open()) return no_tap(name, errno);
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(tap.get(), TUNSETIFF, &request) != 0) return no_tap(name, errno);
  return std::make_unique<TapWire>(std::move(tap));
}

}  // namespace ixyflow::model
