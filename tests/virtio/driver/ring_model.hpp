#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <vector>

#include "drivers/virtio/transport/transport.hpp"

namespace ixyflow::test {

/// The device's side of a virtqueue, as virtio 1.2, 2.7 and 2.8 have it, written from the specification with
/// bytes and offsets, so that it shares no mistake with the driver. It does what it should through `take` and
/// `use`, and anything else through the rest.
class RingModel {
 public:
  struct Segment {
    std::uint64_t address = 0;
    std::uint32_t length = 0;
    bool for_device = false;  ///< the device may write into it
  };
  struct Chain {
    std::uint16_t id = 0;
    std::vector<Segment> segments;
  };

  RingModel(const drivers::virtio::QueuePlace& place, bool packed) : place_(place), packed_(packed) {}

  /// The next chain that the driver has made available.
  std::optional<Chain> take() { return packed_ ? take_packed() : take_split(); }
  /// Gives it back, with so many bytes written into it.
  void use(const Chain& chain, std::uint32_t length) {
    use_word(chain.id, length, static_cast<std::uint16_t>(chain.segments.size()));
  }
  /// Writes any id and length as the next used word; `skip` descriptors (packed) or elements (split) of the
  /// ring are passed over by it.
  void use_word(std::uint32_t id, std::uint32_t length, std::uint16_t skip = 1) {
    if (packed_) return use_packed(static_cast<std::uint16_t>(id), length, skip);
    const std::uint16_t index = get<std::uint16_t>(used(2));
    put<std::uint32_t>(used(4 + 8U * (index % place_.size)), id);
    put<std::uint32_t>(used(8 + 8U * (index % place_.size)), length);
    set_used_index(static_cast<std::uint16_t>(index + 1));
  }
  /// One word for `count` buffers of which the last has this id (IN_ORDER).
  void use_batch(std::uint16_t id, std::uint32_t length, std::uint16_t count) {
    if (packed_) return use_packed(id, length, count);
    const std::uint16_t index = get<std::uint16_t>(used(2));
    put<std::uint32_t>(used(4 + 8U * (index % place_.size)), id);
    put<std::uint32_t>(used(8 + 8U * (index % place_.size)), length);
    set_used_index(static_cast<std::uint16_t>(index + count));
  }
  void set_used_index(std::uint16_t index) { put<std::uint16_t>(used(2), index); }
  [[nodiscard]] std::uint16_t used_index() const { return get<std::uint16_t>(used(2)); }
  [[nodiscard]] std::uint16_t available_index() const { return get<std::uint16_t>(place_.driver.memory + 2); }

  /// Whether the driver shall notify (2.7.10, 2.8.10).
  void listen(bool on) { put<std::uint16_t>(packed_ ? place_.device.memory + 2 : used(0), on ? 0 : 1); }
  /// Whether the driver wants interrupts.
  [[nodiscard]] bool interrupts() const {
    return get<std::uint16_t>(place_.driver.memory + (packed_ ? 2 : 0)) != 1;
  }
  /// Overwrites all that the driver has written for the device to read.
  void scribble(std::uint8_t value) {
    std::memset(place_.descriptors.memory, value, 16U * place_.size);
    if (!packed_) std::memset(place_.driver.memory, value, 6U + 2U * place_.size);
  }
  void flip(std::size_t bit) {
    std::byte* const base = place_.descriptors.memory;
    base[bit / 8] ^= std::byte(1U << bit % 8);
  }
  /// Bytes from the first to behind the last of the areas.
  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(place_.device.memory - place_.descriptors.memory) +
           (packed_ ? 4 : 6 + 8U * place_.size);
  }

 private:
  template <class T>
  static T get(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  template <class T>
  static void put(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof value);
  }
  [[nodiscard]] std::byte* used(std::size_t offset) const { return place_.device.memory + offset; }
  [[nodiscard]] std::byte* descriptor(std::size_t index) const {
    return place_.descriptors.memory + 16 * index;
  }

  std::optional<Chain> take_split() {
    if (available_index() == next_) return std::nullopt;
    const auto head = get<std::uint16_t>(place_.driver.memory + 4 + 2U * (next_ % place_.size));
    ++next_;
    Chain chain{head, {}};
    for (std::uint16_t at = head;;) {
      const std::byte* from = descriptor(at % place_.size);
      const auto flags = get<std::uint16_t>(from + 12);
      chain.segments.push_back({get<std::uint64_t>(from), get<std::uint32_t>(from + 8), (flags & 2) != 0});
      if ((flags & 1) == 0 || chain.segments.size() > place_.size) return chain;
      at = get<std::uint16_t>(from + 14);
    }
  }
  std::optional<Chain> take_packed() {
    Chain chain;
    for (;;) {
      const std::byte* from = descriptor(next_);
      const auto flags = get<std::uint16_t>(from + 14);
      const bool available = (flags >> 7 & 1) == wrap_;
      const bool used = (flags >> 15 & 1) == wrap_;
      if (!available || used) return std::nullopt;
      chain.id = get<std::uint16_t>(from + 12);
      chain.segments.push_back({get<std::uint64_t>(from), get<std::uint32_t>(from + 8), (flags & 2) != 0});
      advance(next_, wrap_, 1);
      if ((flags & 1) == 0) return chain;
    }
  }
  void use_packed(std::uint16_t id, std::uint32_t length, std::uint16_t skip) {
    std::byte* to = descriptor(used_);
    put<std::uint32_t>(to + 8, length);
    put<std::uint16_t>(to + 12, id);
    put<std::uint16_t>(to + 14, used_wrap_ ? 0x8080 : 0);
    advance(used_, used_wrap_, skip);
  }
  void advance(std::uint16_t& position, bool& wrap, std::uint16_t by) const {
    position = static_cast<std::uint16_t>(position + by);
    if (position < place_.size) return;
    position = static_cast<std::uint16_t>(position - place_.size);
    wrap = !wrap;
  }

  drivers::virtio::QueuePlace place_;
  bool packed_;
  std::uint16_t next_ = 0;  ///< split: counts without end
  bool wrap_ = true;
  std::uint16_t used_ = 0;
  bool used_wrap_ = true;
};

}  // namespace ixyflow::test
