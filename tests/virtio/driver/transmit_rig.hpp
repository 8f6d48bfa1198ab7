#pragma once

#include "tests/virtio/driver/queue_rig.hpp"

namespace ixyflow::test {

struct TransmitRigOptions {
  std::uint32_t longest = TransmitQueue::kLongest;
  bool checksums = false;
  bool device_checksums = false;
};

/// A transmit queue, and a device that takes frames out of it.
class TransmitRig : public VirtioRig<TransmitQueue> {
 public:
  explicit TransmitRig(const VirtioRigOptions& wanted = {}, const TransmitRigOptions& transmit = {})
      : VirtioRig(wanted) {
    queue.set_up({ring_memory, options.format, options.size, transmit.longest, transmit.checksums,
                  transmit.device_checksums, options.one_at_a_time});
    start();
  }

  Packet* make(std::uint32_t length) {
    Packet* packet = nullptr;
    REQUIRE(pool->allocate(std::span(&packet, 1)) == 1);
    REQUIRE(length <= packet->tailroom());
    packet->set_length(length);
    for (std::uint32_t i = 0; i < length; ++i) packet->data()[i] = next_byte_++;
    return packet;
  }
  std::uint32_t send(const std::vector<Packet*>& packets) { return queue.transmit(packets); }
  /// Sends `count` frames of `length` bytes; what is not taken is freed.
  std::uint32_t send_new(std::uint32_t count, std::uint32_t length = 60) {
    std::vector<Packet*> packets;
    for (std::uint32_t i = 0; i < count; ++i) packets.push_back(make(length));
    const std::uint32_t taken = send(packets);
    pool->free(std::span<Packet* const>(packets).subspan(taken));
    return taken;
  }

  struct Frame {
    RingModel::Chain chain;
    NetHeader header;
    std::vector<std::uint8_t> bytes;
  };
  /// What the device sees next.
  std::optional<Frame> take_frame() {
    auto chain = model->take();
    if (!chain) return std::nullopt;
    std::vector<std::uint8_t> all;
    for (const RingModel::Segment& segment : chain->segments) {
      REQUIRE_FALSE(segment.for_device);
      all.insert(all.end(), at(segment.address), at(segment.address) + segment.length);
    }
    const std::uint32_t header = options.format.header_bytes;
    REQUIRE(all.size() >= header);
    Frame frame{*chain, {}, {all.begin() + header, all.end()}};
    std::memcpy(&frame.header, all.data(), header);
    return frame;
  }
  /// The device sends all that it was given; how many frames.
  std::uint32_t send_all() {
    std::uint32_t count = 0;
    for (; const auto frame = take_frame(); ++count) model->use(frame->chain, 0);
    return count;
  }

 private:
  std::uint8_t next_byte_ = 0;
};

}  // namespace ixyflow::test
