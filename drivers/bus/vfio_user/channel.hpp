#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/os/file_descriptor.hpp"
#include "core/os/passed_descriptors.hpp"
#include "core/os/peer_users.hpp"
#include "drivers/bus/vfio_user/owed_writes.hpp"
#include "drivers/bus/vfio_user/protocol.hpp"

namespace ixyflow::drivers {

/// What came of a message to a device model. All but `none` and `refused` end the connection: what follows in
/// the stream could not be trusted.
enum class Trouble : std::uint8_t {
  none,
  refused,        ///< an error reply
  silent,         ///< no whole reply in time
  too_slow,       ///< the time for all that was asked of it is used up
  ended,          ///< the connection is closed
  wrong_id,       ///< a reply to something else
  wrong_command,  ///< a reply to another command, or neither command nor reply
  wrong_size,     ///< a message shorter than its header, or longer than any may be
  too_short,      ///< a reply without what was asked for
  too_long,       ///< a reply with more than was asked for
  too_many_fds,   ///< descriptors that nobody asked for
};

/// One message and what is expected back.
struct VfioUserRequest {
  vfio_user::Command command{};
  std::span<const std::byte> body;  ///< behind the header
  std::span<const std::byte> data;  ///< behind that
  int fd = -1;                      ///< goes along
  std::span<std::byte> reply;       ///< room for what stands behind the reply's header
  std::size_t least_reply = 0;      ///< bytes of it that must come
  std::size_t most_fds = 0;         ///< that may come, at most 1
};

/// What came back.
struct VfioUserReply {
  Trouble trouble = Trouble::none;
  int error = 0;          ///< errno, when refused
  std::size_t bytes = 0;  ///< of VfioUserRequest::reply
  FileDescriptor fd;      ///< none unless one came
};

/// The connection to a device model: one message at a time, each answered within a bounded time, and all of
/// them together within the TimeBudget of the caller. Control thread only, but for `post` and what says so.
/// Never raises SIGPIPE.
class VfioUserChannel {
 public:
  /// Connects to the socket at `path`. Errors: unavailable, refused (no right), configuration (no path of a
  /// socket).
  /// Error (refused), too: who listens there is none of `peers`.
  static Result<std::unique_ptr<VfioUserChannel>> connect(const std::string& path, Duration patience,
                                                          const PeerUsers& peers);
  /// Takes over a stream socket that is connected.
  VfioUserChannel(FileDescriptor socket, Duration patience) noexcept;

  /// Sends a request and waits for its reply, which leaves a fiber. What the model asks meanwhile is refused.
  /// After trouble that ends the connection every call returns `ended` at once.
  VfioUserReply call(const VfioUserRequest& request) noexcept;

  /// A write to a doorbell of BAR `region`; `bytes` is 2 or 4.
  struct Doorbell {
    unsigned region = 0;
    std::uint32_t offset = 0;
    std::uint32_t bytes = 0;
    std::uint32_t value = 0;
  };
  /// Writes a doorbell without a reply, and without waiting: what finds no room now is owed. Any thread, but
  /// one at a time for each doorbell; `which` as for Bar::post.
  void post(const Doorbell& doorbell, std::uint32_t which) noexcept;
  /// Sends what is owed of doorbells; false: not all of it found room.
  bool settle() noexcept;

  /// How long each message may take.
  [[nodiscard]] Duration patience() const noexcept { return {patience_.count()}; }
  /// Whether the connection has ended, by trouble or because the model went away. A system call. Any thread.
  [[nodiscard]] bool gone() noexcept;
  /// Becomes true when the connection has ended; to be set by whoever finds out in another way.
  [[nodiscard]] std::atomic<bool>& gone_flag() noexcept { return gone_; }
  /// Ends the connection, with the errno when the trouble is `refused`. Only the first trouble counts. Any
  /// thread.
  void give_up(Trouble trouble, int error = 0) noexcept;
  /// What ended the connection, in words that follow the model's name; "" as long as it stands.
  [[nodiscard]] std::string end_text() const;

 private:
  static constexpr std::size_t kBars = 6;
  using Deadline = std::chrono::steady_clock::time_point;

  VfioUserReply exchange(const VfioUserRequest& request, Deadline deadline) noexcept;
  Trouble settle_until(Deadline deadline) noexcept;
  bool send_doorbell(const Doorbell& doorbell) noexcept;
  Trouble send(const VfioUserRequest& request, const vfio_user::Header& header, Deadline deadline) noexcept;
  Trouble send_bytes(std::span<const std::byte> bytes, int fd, Deadline deadline) noexcept;
  Trouble receive(std::span<std::byte> bytes, PassedDescriptors& incoming, Deadline deadline) noexcept;
  Trouble skip(std::size_t bytes, PassedDescriptors& incoming, Deadline deadline) noexcept;
  Trouble refuse_command(const vfio_user::Header& header, PassedDescriptors& incoming,
                         Deadline deadline) noexcept;
  Trouble take_reply(const VfioUserRequest& request, const vfio_user::Header& header,
                     PassedDescriptors& incoming, Deadline deadline, VfioUserReply& reply) noexcept;
  [[nodiscard]] Trouble wait(short events, Deadline deadline) const noexcept;

  FileDescriptor socket_;
  std::chrono::nanoseconds patience_;
  std::uint16_t next_id_ = 0;
  std::array<OwedWrites, kBars> owed_;  ///< by region
  std::atomic<bool> gone_{false};
  std::atomic<Trouble> end_{Trouble::none};
  std::atomic<int> end_error_{0};
};

/// What the trouble is, in words that follow the model's name: "did not answer within 5s".
std::string describe(Trouble trouble, int error, Duration patience);

}  // namespace ixyflow::drivers
