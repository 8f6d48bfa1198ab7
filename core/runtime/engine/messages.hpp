#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace ixyflow {

/// Lines from a worker to the control thread. Lossy: what does not fit is counted, so that a worker never
/// waits for a terminal.
class Messages {
 public:
  static constexpr std::size_t kLineLength = 240;
  static constexpr std::uint32_t kLines = 1024;

  Messages();
  ~Messages();

  /// Worker only.
  void write(std::string_view line) noexcept;
  /// Lines that fit now. Worker only.
  [[nodiscard]] std::uint32_t room() const noexcept;
  /// Whether it is so full that sources that can wait have to: of all that a burst can become there is room
  /// for several lines of each packet. Worker only.
  [[nodiscard]] bool is_filling_up() const noexcept { return used_ && room() < kLines / 2; }

  // Control thread only.

  /// At most kLines of them, and no more once `may_print`, which may be empty, says no, unless all places are
  /// taken.
  void deliver(const std::function<void(std::string_view)>& print, const std::function<bool()>& may_print);
  /// All have been delivered. While no worker writes.
  [[nodiscard]] bool empty() const noexcept;
  /// Lines that did not fit, or for which there was no memory.
  [[nodiscard]] std::uint64_t lost() const noexcept {
    return lost_.load(std::memory_order_relaxed) + undelivered_;
  }

 private:
  struct Line {
    std::uint16_t length = 0;
    std::array<char, kLineLength> text;
  };
  struct Queue;
  std::unique_ptr<Queue> queue_;
  std::atomic<std::uint64_t> lost_{0};  ///< the worker's
  std::uint64_t undelivered_ = 0;
  bool used_ = false;
};

}  // namespace ixyflow
