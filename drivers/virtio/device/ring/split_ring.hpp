#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/device/ring/chain.hpp"
#include "drivers/virtio/device/ring/ring_setup.hpp"
#include "drivers/virtio/format/split_layout.hpp"

namespace ixyflow::drivers::vhost {

/// A split ring (virtio 1.2, 2.7), as the device sees it. Of one thread at a time. `look`, `take`, `gather`
/// and `use` work ahead of what the guest sees, which is what `publish` shows it.
/// tests/model checks its orders with another `Cpu`.
template <class Cpu = HostCpu>
class SplitRingOf {
 public:
  void begin(const RingSetup& setup) noexcept {
    descriptors_ = reinterpret_cast<virtio::SplitDescriptor*>(setup.descriptors);
    available_ = reinterpret_cast<virtio::AvailableRing*>(setup.driver);
    used_ = reinterpret_cast<virtio::UsedRing*>(setup.device);
    elements_ = setup.device + sizeof(virtio::UsedRing);
    size_ = setup.size;
    next_ = given_ = published_ = setup.position.index;
    event_index_ = setup.event_index;
    calls_ = setup.call >= 0;
    fault_ = nullptr;
    // We look by ourselves. With EVENT_IDX there is only an index to be named, which is one long past.
    write_once(used_->flags, event_index_ ? std::uint16_t{0} : virtio::split::kNoNotify);
    if (event_index_) move_event();
  }
  [[nodiscard]] RingPosition position() const noexcept { return {next_, true}; }
  [[nodiscard]] const char* fault() const noexcept { return fault_; }

  /// How many chains there are, up to `most`.
  std::uint32_t look(std::uint32_t most) noexcept {
    const auto there = static_cast<std::uint16_t>(Words::read_acquire(available_->index) - next_);
    if (there > size_) [[unlikely]] {
      fault_ = "its index of available buffers jumps";
      return 0;
    }
    return std::min<std::uint32_t>(there, most);
  }

  /// Takes the next chain, which `look` has seen, if it is but one descriptor with these flags.
  bool take(std::uint16_t flags, Descriptor& descriptor) noexcept {
    const std::uint16_t head = read_once(available_->entries()[next_ & (size_ - 1U)]);
    if (head >= size_) [[unlikely]]
      return false;
    descriptor = read(descriptors_[head]);
    descriptor.id = head;
    if (descriptor.flags != flags) return false;
    ++next_;
    return true;
  }

  /// Takes the next chain, which `look` has seen, whatever it is. `direction`: kWrite where we shall write.
  Found gather(const GuestMemory& memory, std::uint16_t direction, Chain& chain) noexcept;

  /// The guest will see nothing of the next `count` chains that are given back until `publish`, or until more
  /// are.
  void reserve(std::uint32_t /*count*/) noexcept {}

  /// Gives a chain back, of which we have written `written` bytes; in the order in which they were taken.
  void use(std::uint16_t id, std::uint16_t /*slots*/, std::uint32_t written) noexcept {
    const virtio::UsedElement element = id | std::uint64_t{written} << 32;
    std::memcpy(elements_ + (given_++ & (size_ - 1U)) * sizeof element, &element, sizeof element);
  }

  /// Shows the guest what was given back since the last time; true: it wants to be called.
  bool publish() noexcept {
    const std::uint16_t before = published_;
    if (given_ == before) return false;
    published_ = given_;
    if (event_index_ && static_cast<std::uint16_t>(given_ - event_) > kFarEnough) move_event();
    if (!calls_) {
      Words::write_release(used_->index, given_);
      return false;
    }
    Words::write_before_reads(used_->index, given_);
    if (!event_index_) return (Words::read(available_->flags) & virtio::split::kNoInterrupt) == 0;
    const std::uint16_t wanted = Words::read(available_->entries()[size_]);
    return static_cast<std::uint16_t>(given_ - wanted - 1) < static_cast<std::uint16_t>(given_ - before);
  }

  /// Where to go back to when what was taken cannot be used now.
  using Mark = std::uint16_t;
  [[nodiscard]] Mark mark() const noexcept { return next_; }
  void rewind(Mark mark) noexcept { next_ = mark; }

 private:
  using Words = PeerWordsOf<Cpu>;
  static constexpr std::uint16_t kFarEnough = 32'768;

  static Descriptor read(const virtio::SplitDescriptor& place) noexcept {
    Descriptor descriptor{read_once(place.address)};
    // Length, flags and next are one word, so that they are of one moment.
    const auto rest = read_once(*(reinterpret_cast<const std::uint64_t*>(&place) + 1));
    descriptor.length = static_cast<std::uint32_t>(rest);
    descriptor.flags = static_cast<std::uint16_t>(rest >> 32);
    descriptor.next = static_cast<std::uint16_t>(rest >> 48);
    return descriptor;
  }
  bool follow(const GuestMemory& memory, std::uint16_t direction, std::uint16_t head,
              Chain& chain) const noexcept;
  /// Names the index before the present one as that to be told of (2.7.10), which the guest passes once in
  /// 65,536 buffers.
  void move_event() noexcept {
    event_ = static_cast<std::uint16_t>(given_ - 1);
    std::memcpy(elements_ + size_ * sizeof(virtio::UsedElement), &event_, sizeof event_);
  }

  virtio::SplitDescriptor* descriptors_ = nullptr;
  virtio::AvailableRing* available_ = nullptr;
  virtio::UsedRing* used_ = nullptr;
  std::byte* elements_ = nullptr;
  std::uint32_t size_ = 0;   ///< a power of two
  std::uint16_t next_ = 0;   ///< entry of the available ring to be taken next
  std::uint16_t given_ = 0;  ///< back to the guest: element of the used ring to be written next
  std::uint16_t published_ = 0;
  std::uint16_t event_ = 0;
  bool event_index_ = false;
  bool calls_ = false;
  const char* fault_ = nullptr;
};

using SplitRing = SplitRingOf<>;

}  // namespace ixyflow::drivers::vhost
