#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "core/packet/batch.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/virtio/device/ring/chain.hpp"
#include "drivers/virtio/device/ring/ring_setup.hpp"
#include "drivers/virtio/format/packed_layout.hpp"

namespace ixyflow::drivers::vhost {

/// A packed ring (virtio 1.2, 2.8), as the device sees it, with the functions of a SplitRing.
/// tests/model checks its orders with another `Cpu`.
template <class Cpu = HostCpu>
class PackedRingOf {
 public:
  void begin(const RingSetup& setup) noexcept {
    descriptors_ = reinterpret_cast<virtio::PackedDescriptor*>(setup.descriptors);
    driver_ = reinterpret_cast<virtio::EventSuppression*>(setup.driver);
    size_ = setup.size;
    next_ = given_ = {setup.position.index, setup.position.wrap};
    pending_ = 0;
    published_slots_ = 0;
    event_index_ = setup.event_index;
    calls_ = setup.call >= 0;
    fault_ = nullptr;
    // We look by ourselves.
    auto* const device = reinterpret_cast<virtio::EventSuppression*>(setup.device);
    write_once(device->flags, virtio::packed::kEventDisable);
  }
  [[nodiscard]] RingPosition position() const noexcept { return next_; }
  [[nodiscard]] const char* fault() const noexcept { return fault_; }

  /// How many descriptors there are, up to `most`: at least as many as chains.
  std::uint32_t look(std::uint32_t most) const noexcept {
    RingPosition at = next_;
    std::uint32_t there = 0;
    for (; there < most && available(Words::read_acquire(descriptors_[at.index].rest), at.wrap); ++there)
      advance(at, 1);
    return there;
  }

  bool take(std::uint16_t flags, Descriptor& descriptor) noexcept {
    const std::uint64_t rest = Words::read_acquire(descriptors_[next_.index].rest);
    descriptor = read(descriptors_[next_.index], rest);
    if (!available(rest, next_.wrap) || (descriptor.flags & kShape) != flags) return false;
    advance(next_, 1);
    return true;
  }

  Found gather(const GuestMemory& memory, std::uint16_t direction, Chain& chain) noexcept;

  void reserve(std::uint32_t count) noexcept {
    if (pending_ + count > used_.size()) [[unlikely]]
      show();
  }

  void use(std::uint16_t id, std::uint16_t slots, std::uint32_t written) noexcept {
    if (pending_ == used_.size()) [[unlikely]]
      show();
    const std::uint64_t flags = virtio::packed::used_flags(given_.wrap);
    used_[pending_++] = {given_.index, written | std::uint64_t{id} << virtio::packed::kIdShift |
                                           flags << virtio::packed::kFlagsShift};
    advance(given_, slots);
    published_slots_ += slots;
  }

  bool publish() noexcept {
    if (pending_ == 0) return false;
    show();
    const std::uint32_t slots = std::exchange(published_slots_, 0);
    return calls_ && wants_call(slots);
  }

  using Mark = RingPosition;
  [[nodiscard]] Mark mark() const noexcept { return next_; }
  void rewind(Mark mark) noexcept { next_ = mark; }

 private:
  using Words = PeerWordsOf<Cpu>;
  struct Used {
    std::uint16_t index;
    std::uint64_t rest;
  };
  static constexpr std::uint16_t kShape =
      virtio::packed::kNext | virtio::packed::kWrite | virtio::packed::kIndirect;

  static bool available(std::uint64_t rest, bool wrap) noexcept {
    constexpr std::uint16_t kBoth = virtio::packed::kAvailable | virtio::packed::kUsed;
    const auto flags = static_cast<std::uint16_t>(rest >> virtio::packed::kFlagsShift);
    return (flags & kBoth) == virtio::packed::available_flags(wrap);
  }
  static Descriptor read(const virtio::PackedDescriptor& place, std::uint64_t rest) noexcept {
    return {.address = read_once(place.address),
            .length = static_cast<std::uint32_t>(rest),
            .flags = static_cast<std::uint16_t>(rest >> virtio::packed::kFlagsShift),
            .id = static_cast<std::uint16_t>(rest >> virtio::packed::kIdShift)};
  }
  void advance(RingPosition& position, std::uint32_t slots) const noexcept {
    const std::uint32_t index = position.index + slots;
    const bool turned = index >= size_;
    position.index = static_cast<std::uint16_t>(turned ? index - size_ : index);
    position.wrap ^= turned;
  }
  void gather_indirect(const GuestMemory& memory, const Descriptor& table, std::uint16_t direction,
                       Chain& chain) noexcept;
  /// Marks what was used as used, the first one last: a guest that polls it finds all of them.
  void show() noexcept {
    for (std::uint32_t i = pending_; --i > 0;)
      Words::write_release(descriptors_[used_[i].index].rest, used_[i].rest);
    std::uint64_t& first = descriptors_[used_[0].index].rest;
    if (calls_)
      Words::write_before_reads(first, used_[0].rest);
    else
      Words::write_release(first, used_[0].rest);
    pending_ = 0;
  }
  /// 2.8.10, with `slots` descriptors used since the guest was last asked.
  [[nodiscard]] bool wants_call(std::uint32_t slots) const noexcept {
    // Both halves are of one moment.
    const std::uint32_t word = Words::read(*reinterpret_cast<std::uint32_t*>(driver_));
    const std::uint32_t flags = word >> 16 & virtio::packed::kEventFlagsMask;
    if (flags == virtio::packed::kEventDisable) return false;
    if (flags == virtio::packed::kEventEnable || !event_index_) return true;
    const bool wrap = (word >> 15 & 1) != 0;
    std::uint32_t wanted = word & 0x7fff;
    if (wrap != given_.wrap) wanted -= size_;
    return static_cast<std::uint16_t>(given_.index - wanted - 1) < static_cast<std::uint16_t>(slots);
  }

  virtio::PackedDescriptor* descriptors_ = nullptr;
  virtio::EventSuppression* driver_ = nullptr;
  std::uint32_t size_ = 0;
  RingPosition next_;   ///< descriptor to be taken next
  RingPosition given_;  ///< where the next used one goes
  std::uint32_t pending_ = 0;
  std::uint32_t published_slots_ = 0;  ///< that were used since the guest was last asked
  bool event_index_ = false;
  bool calls_ = false;
  const char* fault_ = nullptr;
  std::array<Used, kMaxBatch> used_;
};

using PackedRing = PackedRingOf<>;

}  // namespace ixyflow::drivers::vhost
