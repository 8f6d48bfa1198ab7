#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/virtio/driver/receive_queue.hpp"
#include "drivers/virtio/driver/transmit_queue.hpp"
#include "tests/drivers/queue_rig.hpp"
#include "tests/virtio/driver/ring_model.hpp"

namespace ixyflow::test {

using drivers::QueueState;
using drivers::virtio::NetHeader;
using drivers::virtio::QueueFormat;
using drivers::virtio::ReceiveQueue;
using drivers::virtio::TransmitQueue;

struct VirtioRigOptions {
  QueueFormat format{};
  drivers::virtio::QueueSize size{64, 64};
  std::uint32_t buffers = 256;
  std::uint32_t data_room = 2048;
  bool one_at_a_time = false;  ///< without the accelerators
  bool shared = false;         ///< the device is another process, which may write to all packet memory
};

/// All formats of a ring that a device may have asked for.
inline const std::vector<QueueFormat>& all_formats() {
  static const std::vector<QueueFormat> formats{
      {},
      {.in_order = true},
      {.packed = true},
      {.packed = true, .in_order = true},
      {.page_aligned = true, .header_bytes = drivers::virtio::kShortHeader},
      {.header_apart = true, .page_aligned = true, .header_bytes = drivers::virtio::kShortHeader},
  };
  return formats;
}

/// A queue, and the device's side of its ring.
template <class Queue>
class VirtioRig : public QueueRig<Queue> {
 public:
  explicit VirtioRig(const VirtioRigOptions& wanted)
      : QueueRig<Queue>(wanted.buffers, wanted.data_room, 256U << 10, wanted.shared),
        options(wanted),
        ring_memory(take_ring()) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    kick = FileDescriptor(ends[0]);
    kicked = FileDescriptor(ends[1]);
    queue.attach(this->context());
  }

  /// The device has the queue from now on.
  void start() {
    static_cast<void>(queue.fill());
    REQUIRE(queue.state.get() == QueueState::filled);
    model = std::make_unique<RingModel>(queue.place(0), options.format.packed);
    queue.start(drivers::virtio::Notifier(kick.get()));
  }
  /// Stopped and reset by the control thread, emptied and filled by the worker, started again.
  void restart() {
    queue.state.set(QueueState::leaving);
    queue.empty();
    CHECK(this->pool->available() == this->pool->size());
    start();
  }
  /// How often the device was told of something since the last call.
  std::uint64_t notifications() {
    std::uint64_t sum = 0;
    for (std::uint64_t count = 0; ::read(kicked.get(), &count, sizeof count) == sizeof count;) sum += count;
    return sum;
  }

  using QueueRig<Queue>::queue;
  VirtioRigOptions options;
  FileDescriptor kick;    ///< the driver's end
  FileDescriptor kicked;  ///< the device's
  drivers::virtio::QueueMemory ring_memory;
  std::unique_ptr<RingModel> model;

 private:
  drivers::virtio::QueueMemory take_ring() {
    constexpr std::size_t kPage = 4096;
    const std::size_t bytes = Queue::memory_bytes(options.size.descriptors);
    const auto piece = this->memory.take_whole(bytes + kPage);
    REQUIRE_FALSE(piece.empty());
    const std::uint64_t address = this->memory.device_address(piece.data());
    const std::size_t skip = (kPage - address % kPage) % kPage;
    return {piece.subspan(skip, bytes), address + skip};
  }
};

}  // namespace ixyflow::test
