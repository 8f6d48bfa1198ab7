#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

#include "core/base/file_descriptor.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/layers.hpp"
#include "core/packet/mempool.hpp"
#include "drivers/virtio/receive_queue.hpp"
#include "drivers/virtio/transmit_queue.hpp"
#include "virtio/ring_model.hpp"

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

/// Packet memory with a pool, a queue in it, and the device's side of its ring. At the end every buffer must
/// be home.
template <class Queue>
class VirtioRig {
 public:
  explicit VirtioRig(const VirtioRigOptions& wanted)
      : options(wanted),
        memory(allocate(wanted)),
        event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        ring_memory(take_ring()) {
    BufferLayout layout;
    layout.data_room = wanted.data_room;
    auto created = Mempool::create(memory, wanted.buffers, layout, 0);
    REQUIRE(created);
    pool = std::move(*created);
    queue.attach({pool.get(), &clock, 7});
  }
  ~VirtioRig() {
    queue.empty();
    CHECK(pool->available() == pool->size());
  }

  /// The device has the queue from now on.
  void start() {
    static_cast<void>(queue.fill());
    REQUIRE(queue.state.get() == QueueState::filled);
    model = std::make_unique<RingModel>(queue.place(0), options.format.packed);
    queue.start(drivers::virtio::Notifier(event.get()));
  }
  /// Stopped and reset by the control thread, emptied and filled by the worker, started again.
  void restart() {
    queue.state.set(QueueState::leaving);
    queue.empty();
    CHECK(pool->available() == pool->size());
    start();
  }
  [[nodiscard]] std::uint8_t* at(std::uint64_t address) {
    return reinterpret_cast<std::uint8_t*>(memory.all().data()) + (address - kFirstAddress);
  }
  /// How often the device was told of something since the last call.
  std::uint64_t notifications() {
    std::uint64_t count = 0;
    return ::read(event.get(), &count, sizeof count) == sizeof count ? count : 0;
  }

  VirtioRigOptions options;
  DmaMemory memory;
  FileDescriptor event;
  drivers::virtio::QueueMemory ring_memory;
  std::unique_ptr<Mempool> other;  ///< a second one, for tests that need it
  std::unique_ptr<Mempool> pool;
  Clock clock{Clock::Kind::simulated};
  Queue queue;
  std::unique_ptr<RingModel> model;

 private:
  static constexpr std::uint64_t kFirstAddress = std::uint64_t{1} << 32;

  static DmaMemory allocate(const VirtioRigOptions& options) {
    BufferLayout layout;
    layout.data_room = options.data_room;
    auto memory = DmaMemory::allocate(layout.bytes(options.buffers) + (256U << 10), Pages::small, -1);
    REQUIRE(memory);
    REQUIRE(memory->assign_addresses(DeviceAddresses::linear, kFirstAddress));
    return std::move(*memory);
  }
  drivers::virtio::QueueMemory take_ring() {
    constexpr std::size_t kPage = 4096;
    const std::size_t bytes = Queue::memory_bytes(options.size.descriptors);
    const auto piece = memory.take_whole(bytes + kPage);
    REQUIRE_FALSE(piece.empty());
    const std::uint64_t address = memory.device_address(piece.data());
    const std::size_t skip = (kPage - address % kPage) % kPage;
    return {piece.subspan(skip, bytes), address + skip};
  }
};

}  // namespace ixyflow::test
