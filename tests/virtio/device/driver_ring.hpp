#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "drivers/virtio/format/packed_layout.hpp"
#include "drivers/virtio/format/split_layout.hpp"
#include "drivers/virtio/socket/protocol.hpp"
#include "tests/virtio/device/guest_memory_file.hpp"

namespace ixyflow::test {

/// A descriptor of a guest, with an address of the guest.
struct GuestPiece {
  std::uint64_t address = 0;
  std::uint32_t length = 0;
};

/// How a chain is laid out.
enum class Layout : std::uint8_t { direct, indirect };

/// A ring as the guest's driver has it, written from the specification and without the code under test.
class DriverRing {
 public:
  struct Used {
    std::uint16_t id = 0;
    std::uint32_t length = 0;
  };

  DriverRing(GuestFile& file, bool packed, std::uint16_t size);

  /// Makes a chain available, and returns what it is called.
  std::uint16_t offer(const std::vector<GuestPiece>& chain, bool device_writes,
                      Layout layout = Layout::direct);
  /// The next chain that the device has used.
  std::optional<Used> used();
  /// Whether the device is asked to call: for all, for none, or (EVENT_IDX) for the use after `chains` more.
  void want_calls(bool wanted);
  void want_call_after(std::uint16_t chains);

  [[nodiscard]] drivers::vhost_user::RingAddresses addresses(std::uint32_t index) const;
  [[nodiscard]] std::uint16_t size() const { return size_; }

  // For guests that do what none should.
  [[nodiscard]] drivers::virtio::SplitDescriptor* split() const {
    return file_.as<drivers::virtio::SplitDescriptor>(descriptors_);
  }
  [[nodiscard]] drivers::virtio::PackedDescriptor* packed() const {
    return file_.as<drivers::virtio::PackedDescriptor>(descriptors_);
  }
  [[nodiscard]] drivers::virtio::AvailableRing* available() const {
    return file_.as<drivers::virtio::AvailableRing>(driver_);
  }

 private:
  std::uint16_t offer_split(const std::vector<GuestPiece>& chain, std::uint16_t flags, Layout layout);
  std::uint16_t offer_packed(const std::vector<GuestPiece>& chain, std::uint16_t flags, Layout layout);

  GuestFile& file_;
  bool is_packed_;
  std::uint16_t size_;
  std::uint64_t descriptors_;
  std::uint64_t driver_;
  std::uint64_t device_;
  std::uint16_t next_ = 0;  ///< descriptor to be used next
  bool wrap_ = true;
  std::uint16_t seen_ = 0;  ///< used ring, or descriptor, that is looked at next
  bool seen_wrap_ = true;
  std::uint16_t next_id_ = 0;
  std::map<std::uint16_t, std::uint16_t> slots_;  ///< of a packed ring, by buffer id
};

}  // namespace ixyflow::test
