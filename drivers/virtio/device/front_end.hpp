#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/messages/event.hpp"
#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"
#include "drivers/virtio/device/ring/guest_memory.hpp"
#include "drivers/virtio/device/ring/guest_ring.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/format/net_header.hpp"
#include "drivers/virtio/socket/channel.hpp"

namespace ixyflow::drivers::vhost {

using vhost_user::Time;

/// What is offered to every front end that comes.
struct Offer {
  virtio::Features features = 0;
  std::uint32_t longest_frame = 0;  ///< in bytes, for the MTU that a front end may tell its guest
};

/// One front end, from its first message to its last: what it has negotiated, its memory and its rings. It is
/// served by the control thread, which never waits for it; nor for workers, which give rings back in their
/// own time. What it sends is checked, and the first mistake ends the conversation.
class FrontEnd {
 public:
  /// `rings` by their number in vhost-user, an even number of them; they outlive this.
  FrontEnd(FileDescriptor socket, std::span<GuestRing* const> rings, const Offer& offer, Time now);

  /// Serves what it asks for. False: it is over, and `problem` says why; `leave` must follow until it is
  /// true.
  bool look(Time now, const EventSink& event);
  /// Takes all rings back; true when all are, and this may end.
  bool leave() noexcept;

  /// What it did wrong, in words that follow "the front end "; "" when it has simply gone.
  [[nodiscard]] const std::string& problem() const noexcept { return channel_.problem(); }
  /// Whether it has said anything that a front end says.
  [[nodiscard]] bool spoke() const noexcept { return spoke_; }
  /// Whether a guest receives and sends through it now.
  [[nodiscard]] bool works() const noexcept { return pairs_ != 0; }

 private:
  /// What it has told about a ring.
  struct RingRecord {
    std::uint32_t size = 0;
    std::optional<vhost_user::RingAddresses> addresses;
    RingPosition position;
    bool started = false;         ///< the front end wants it to be served
    std::optional<bool> enabled;  ///< none: it depends on whether there are protocol features
    FileDescriptor call;
    bool call_is_new = false;
    bool given = false;   ///< to its worker
    bool faulty = false;  ///< until it is set up anew
  };
  using Reply = Result<std::uint64_t>;  ///< all replies have eight bytes
  static constexpr std::uint64_t kDone = 0;
  static constexpr std::uint64_t kNotDone = 1;

  bool serve_pending(Time now);
  bool all_back(const vhost_user::MessageShape& shape) noexcept;
  bool is_back(std::size_t ring) noexcept;
  Reply handle(const vhost_user::MessageShape& shape);
  Reply handle_device(vhost_user::Request request, std::uint64_t number);
  Reply handle_ring(vhost_user::Request request, std::size_t ring);
  Reply set_features(std::uint64_t features);
  Reply set_memory();
  Reply take_call(RingRecord& record);
  Reply set_position(RingRecord& record, std::uint32_t number);
  void stop_rings() noexcept;

  bool give_rings();
  [[nodiscard]] bool is_wanted(std::size_t ring) const noexcept;
  [[nodiscard]] bool enabled(const RingRecord& record) const noexcept;
  [[nodiscard]] Result<RingSetup> set_up(std::size_t ring) const;
  void find_faults(const EventSink& event);
  [[nodiscard]] bool calls_can_be_made() const noexcept;
  void report(const EventSink& event);
  [[nodiscard]] bool has(virtio::Features feature) const noexcept { return (features_ & feature) != 0; }

  vhost_user::Channel channel_;
  std::span<GuestRing* const> rings_;
  Offer offer_;
  Time since_;
  bool spoke_ = false;
  vhost_user::Message message_;
  bool pending_ = false;  ///< `message_` is served when the rings that it is about are back
  virtio::Features features_ = 0;
  bool features_known_ = false;
  std::uint64_t protocol_features_ = 0;
  std::uint8_t status_ = 0;
  std::unique_ptr<GuestMemory> memory_;
  std::vector<RingRecord> records_;
  std::uint32_t pairs_ = 0;  ///< that work, as last reported
};

}  // namespace ixyflow::drivers::vhost
