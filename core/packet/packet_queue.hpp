#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/packet/packet.hpp"

namespace ixyflow {

/// First in, first out, of a fixed capacity. `T` is a Packet*, or a packet with what an element must know of
/// it while it holds it, such as when it came. It does not own packets in the sense of a destructor: whoever
/// has the queue gives out what is in it. One thread; memory is taken by the constructor only, so that an
/// element makes it in `prepare`, on its own worker.
template <class T>
class Fifo {
 public:
  /// Without a place, until it is replaced.
  Fifo() = default;
  /// Any capacity; a power of two is no better than others. May throw std::bad_alloc.
  explicit Fifo(std::uint32_t capacity) : places_(capacity) {}

  [[nodiscard]] std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(places_.size()); }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::uint32_t room() const noexcept { return capacity() - size_; }

  /// Adds one at the end; false, and nothing done, when it is full.
  [[nodiscard]] bool push(const T& item) noexcept {
    if (room() == 0) return false;
    places_[behind(size_)] = item;
    ++size_;
    return true;
  }
  /// Adds the first n, which it returns: fewer than given when there is no room for all.
  std::uint32_t push(std::span<const T> items) noexcept {
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(items.size(), room()));
    const std::uint32_t at = count == 0 ? 0 : behind(size_);
    const std::uint32_t before_end = std::min(count, capacity() - at);
    std::copy_n(items.begin(), before_end, places_.begin() + at);
    std::copy_n(items.begin() + before_end, count - before_end, places_.begin());
    size_ += count;
    return count;
  }

  /// The oldest, which stays; T{} (no packet) when there is none.
  [[nodiscard]] T front() const noexcept { return empty() ? T{} : places_[first_]; }
  /// Takes out the oldest; T{} (no packet) when there is none.
  T pop() noexcept {
    if (empty()) return T{};
    const T item = places_[first_];
    leave(1);
    return item;
  }
  /// Takes out up to items.size(), the oldest first, and returns how many.
  std::uint32_t pop(std::span<T> items) noexcept {
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(items.size(), size_));
    const std::uint32_t before_end = std::min(count, capacity() - first_);
    std::copy_n(places_.begin() + first_, before_end, items.begin());
    std::copy_n(places_.begin(), count - before_end, items.begin() + before_end);
    leave(count);
    return count;
  }

 private:
  /// The place of the item that has `count` others before it. There must be a place.
  [[nodiscard]] std::uint32_t behind(std::uint32_t count) const noexcept {
    const std::uint32_t to_end = capacity() - first_;
    return count < to_end ? first_ + count : count - to_end;
  }
  void leave(std::uint32_t count) noexcept {
    size_ -= count;
    first_ = size_ == 0 ? 0 : behind(count);
  }

  std::vector<T> places_;
  std::uint32_t first_ = 0;  ///< place of the oldest
  std::uint32_t size_ = 0;
};

/// What Queue, a shaper or an ARP querier hold packets in.
using PacketQueue = Fifo<Packet*>;

}  // namespace ixyflow
