#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "drivers/bus/bar.hpp"

namespace ixyflow::drivers::virtio {

/// Tells the device that a queue has something new (virtio 1.2, 2.3, 4.1.5.2). The packet path calls it once
/// a burst, and only when the device wants to hear of it. The caller says release_to_device() before.
///
/// A value: whatever it points at is the transport's, and stays until the transport ends or is given the
/// queue anew. Of a device that was reset nobody hears it.
class Notifier {
 public:
  /// Nobody hears it.
  Notifier() = default;

  /// A register: one store where its page is mapped, else the way of Bar::post. `with_position`
  /// (NOTIFICATION_DATA, 4.1.5.2) has 32 bits, of which the upper 16 say where the driver is; without it the
  /// register has 16 bits.
  Notifier(Bar& bar, std::uint32_t offset, std::uint16_t queue, bool with_position) noexcept
      : kind_(bar.mapped(offset) == nullptr ? (with_position ? Kind::trapped32 : Kind::trapped16)
                                            : (with_position ? Kind::store32 : Kind::store16)),
        queue_(queue),
        offset_(offset),
        address_(bar.mapped(offset)),
        bar_(&bar) {}

  /// Our end of the socket pair by which a vhost-user peer is kicked.
  explicit Notifier(int socket) noexcept : kind_(Kind::socket), socket_(socket) {}

  /// `position`: for NOTIFICATION_DATA, the available index of a split ring; the next descriptor of a packed
  /// one, with its wrap counter in bit 15.
  void notify(std::uint16_t position) const noexcept {
    const std::uint32_t both = queue_ | std::uint32_t{position} << 16;
    switch (kind_) {
      case Kind::store16:
        *static_cast<volatile std::uint16_t*>(address_) = queue_;
        return;
      case Kind::store32:
        *static_cast<volatile std::uint32_t*>(address_) = both;
        return;
      case Kind::trapped16:
        bar_->post<std::uint16_t>(offset_, queue_, 0xffff);
        return;
      case Kind::trapped32:
        bar_->post<std::uint32_t>(offset_, both, 0xffff);
        return;
      case Kind::socket: {
        const std::uint64_t one = 1;
        // Full is as good as written: the peer will wake up.
        [[maybe_unused]] const ssize_t written =
            ::send(socket_, &one, sizeof one, MSG_DONTWAIT | MSG_NOSIGNAL);
        return;
      }
      case Kind::none:
        return;
    }
  }

 private:
  enum class Kind : std::uint8_t { none, store16, store32, trapped16, trapped32, socket };

  Kind kind_ = Kind::none;
  std::uint16_t queue_ = 0;
  int socket_ = -1;
  std::uint32_t offset_ = 0;
  volatile void* address_ = nullptr;
  Bar* bar_ = nullptr;
};

}  // namespace ixyflow::drivers::virtio
