#include "drivers/virtio/driver/virtqueue.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/cache_line.hpp"
#include "core/base/round_up.hpp"

namespace ixyflow::drivers::virtio {

Virtqueue::Places Virtqueue::places(std::uint32_t descriptors, bool packed, std::size_t alignment) noexcept {
  Places places;
  if (packed) {
    // What the driver and what the device writes has a cache line for itself.
    places.driver = packed::descriptor_bytes(descriptors);
    places.device = round_up(places.driver + sizeof(EventSuppression), kCacheLine);
    places.header = round_up(places.device + sizeof(EventSuppression), kCacheLine);
  } else {
    places.driver = split::descriptor_bytes(descriptors);
    places.device = split::used_offset(descriptors, alignment);
    // The elements of the used ring begin with a cache line, and none of them is in two.
    if (alignment < kPage) places.device += kCacheLine - sizeof(UsedRing);
    places.header = round_up(places.device + split::used_bytes(descriptors), kCacheLine);
  }
  places.end = places.header + kCacheLine;
  return places;
}

std::size_t Virtqueue::memory_bytes(std::uint32_t descriptors) noexcept {
  return std::max(places(descriptors, true, kCacheLine).end, places(descriptors, false, kPage).end);
}

void Virtqueue::lay_out(const QueueMemory& memory, const QueueFormat& format,
                        const QueueSize& size) noexcept {
  memory_ = memory;
  format_ = format;
  size_ = size.descriptors;
  packed_ = format.packed;
  in_order_ = format.in_order;
  apart_ = format.header_apart ? 1 : 0;
  header_ = format.header_apart ? 0 : format.header_bytes;
  mask_ = std::min(size.slots, size_ >> apart_) - 1;
  ring_mask_ = size_ - 1;
  places_ = places(size_, packed_, format.page_aligned ? kPage : kCacheLine);
  std::byte* const base = memory.bytes.data();
  descriptors_ = reinterpret_cast<SplitDescriptor*>(base);
  available_ = reinterpret_cast<AvailableRing*>(base + places_.driver);
  used_ = reinterpret_cast<UsedRing*>(base + places_.device);
  packed_ring_ = reinterpret_cast<PackedDescriptor*>(base);
  device_event_ = reinterpret_cast<EventSuppression*>(base + places_.device);
}

void Virtqueue::clear_ring() noexcept {
  std::memset(memory_.bytes.data(), 0, places_.end);
  distrust(nullptr);
  notification_.reset();
  if (packed_) {
    auto* driver_event = reinterpret_cast<EventSuppression*>(memory_.bytes.data() + places_.driver);
    driver_event->flags = packed::kEventDisable;
    return;
  }
  available_->flags = split::kNoInterrupt;
  for (std::uint32_t i = 0; i < size_; ++i)
    available_->entries()[i] = static_cast<std::uint16_t>((i & mask_) << apart_);
}

QueuePlace Virtqueue::place(std::uint16_t index) const noexcept {
  const auto area = [this](std::size_t offset) {
    return QueueArea{memory_.bytes.data() + offset, memory_.address + offset};
  };
  return {index, static_cast<std::uint16_t>(size_), area(0), area(places_.driver), area(places_.device)};
}

}  // namespace ixyflow::drivers::virtio
