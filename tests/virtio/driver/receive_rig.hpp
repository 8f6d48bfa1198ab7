#pragma once

#include <deque>

#include "tests/virtio/driver/queue_rig.hpp"

namespace ixyflow::test {

/// A receive queue, and a device that fills its buffers.
class ReceiveRig : public VirtioRig<ReceiveQueue> {
 public:
  explicit ReceiveRig(const VirtioRigOptions& wanted = {}, bool mergeable = false, bool checksums = false)
      : VirtioRig(wanted) {
    queue.set_up({ring_memory, options.format, options.size, options.data_room, mergeable, checksums,
                  options.one_at_a_time});
    start();
  }

  /// A buffer of the driver, as the device sees it.
  RingModel::Chain take_buffer() {
    auto chain = model->take();
    REQUIRE(chain);
    for (const RingModel::Segment& segment : chain->segments) REQUIRE(segment.for_device);
    return *chain;
  }
  /// Writes bytes over the segments of a chain.
  void write(const RingModel::Chain& chain, const void* from, std::size_t count) {
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    for (const RingModel::Segment& segment : chain.segments) {
      const std::size_t part = std::min<std::size_t>(segment.length, count);
      std::memcpy(at(segment.address), bytes, part);
      bytes += part;
      count -= part;
    }
    REQUIRE(count == 0);
  }
  /// The device delivers a frame of `length` bytes that count on from those of the last.
  void deliver(std::uint32_t length, NetHeader header = {}) { deliver_into(take_buffer(), length, header); }
  void deliver_into(const RingModel::Chain& chain, std::uint32_t length, NetHeader header = {}) {
    std::vector<std::uint8_t> bytes(options.format.header_bytes + length);
    if (header.buffers == 0) header.buffers = 1;
    std::memcpy(bytes.data(), &header, options.format.header_bytes);
    std::iota(bytes.begin() + options.format.header_bytes, bytes.end(), next_byte_);
    next_byte_ = static_cast<std::uint8_t>(next_byte_ + length);
    write(chain, bytes.data(), bytes.size());
    model->use(chain, static_cast<std::uint32_t>(bytes.size()));
  }

 private:
  std::uint8_t next_byte_ = 0;
};

}  // namespace ixyflow::test
