#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/virtio/device/queues.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/memory_file.hpp"

/// The device side of virtio in the hands of a fuzz target, which plays the guest.
namespace ixyflow::fuzz {

/// The memory of a guest: a small file that both ends map.
class GuestFile {
 public:
  static constexpr std::uint64_t kGuest = 0x1'0000'0000;    ///< its address in the guest
  static constexpr std::uint64_t kUser = 0x7000'0000'0000;  ///< its address in the front end's process
  static constexpr std::size_t kBytes = 32 * 1024;

  GuestFile();
  /// All zeros again.
  void clear() noexcept;
  /// Writes what fits behind `offset`.
  void write(std::size_t offset, Bytes bytes) noexcept;
  [[nodiscard]] int fd() const noexcept { return file_.fd(); }

 private:
  MemoryFile file_;
  std::uint8_t* memory_ = nullptr;
};

/// A pool, and the queues of a port `vhost` with one pair of rings, all new with every input.
class GuestBench {
 public:
  GuestBench();

  /// Receives up to so many packets, looks at them and writes to all of each.
  void receive(drivers::vhost::ReceiveQueue& queue, std::uint32_t burst);
  /// Sends `count` frames of this length; what is not taken is freed.
  void transmit(drivers::vhost::TransmitQueue& queue, std::uint32_t count, std::uint32_t length);
  [[nodiscard]] QueueContext context() { return {pool_.get(), &clock_, 7}; }
  /// Holds that every buffer is home.
  void check() const;

 private:
  DmaMemory memory_;
  std::unique_ptr<Mempool> pool_;
  Clock clock_{Clock::Kind::simulated};
};

}  // namespace ixyflow::fuzz
