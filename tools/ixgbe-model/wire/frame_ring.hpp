#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace ixyflow::model {

/// Frames on their way, one behind the other in one piece of memory that is used round and round: small
/// frames stay in the cache. One thread.
class FrameRing {
 public:
  static constexpr std::size_t kBytes = 256 * 1024;
  static constexpr std::size_t kLongestFrame = 16 * 1024;

  /// False: there is no room, or the frame is empty or too long.
  bool push(std::span<const std::byte> frame) noexcept {
    if (frame.empty() || frame.size() > kLongestFrame) return false;
    const std::size_t bytes = space_of(frame.size());
    // A frame is never torn: what is left before the end is passed over.
    const std::size_t to_end = kBytes - tail_ % kBytes;
    const std::size_t gap = to_end < bytes ? to_end : 0;
    if (tail_ - head_ + gap + bytes > kBytes) return false;
    if (gap != 0) put_length(0);
    tail_ += gap;
    put_length(static_cast<std::uint32_t>(frame.size()));
    std::memcpy(memory_.data() + tail_ % kBytes + kHeader, frame.data(), frame.size());
    tail_ += bytes;
    return true;
  }

  /// The oldest frame; empty when there is none.
  [[nodiscard]] std::span<const std::byte> front() noexcept {
    if (head_ == tail_) return {};
    std::uint32_t length = length_at_head();
    if (length == 0) {
      head_ += kBytes - head_ % kBytes;
      length = length_at_head();
    }
    return {memory_.data() + head_ % kBytes + kHeader, length};
  }
  /// Takes the frame away that `front` has given.
  void pop() noexcept { head_ += space_of(length_at_head()); }

 private:
  static constexpr std::size_t kHeader = 8;

  static std::size_t space_of(std::size_t length) noexcept { return (kHeader + length + 7) / 8 * 8; }
  void put_length(std::uint32_t length) noexcept {
    std::memcpy(memory_.data() + tail_ % kBytes, &length, sizeof length);
  }
  [[nodiscard]] std::uint32_t length_at_head() const noexcept {
    std::uint32_t length = 0;
    std::memcpy(&length, memory_.data() + head_ % kBytes, sizeof length);
    return length;
  }

  std::vector<std::byte> memory_ = std::vector<std::byte>(kBytes);
  std::size_t head_ = 0;  ///< bytes taken out so far
  std::size_t tail_ = 0;  ///< bytes put in so far
};

}  // namespace ixyflow::model
