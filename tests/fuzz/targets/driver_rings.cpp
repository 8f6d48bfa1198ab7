// Virtqueues, split and packed, as the driver reads them (drivers/virtio/driver): whatever a device writes
// into rings and buffers, at most the queue is distrusted, and no buffer is lost.

#include <array>
#include <memory>

#include "tests/fuzz/input.hpp"
#include "tests/fuzz/seed.hpp"
#include "tests/virtio/driver/receive_rig.hpp"
#include "tests/virtio/driver/transmit_rig.hpp"

namespace ixyflow::fuzz {
namespace {

using test::ReceiveRig;
using test::RingModel;
using test::TransmitRig;
using test::VirtioRig;

/// Little, so that a device that writes nonsense often hits something.
constexpr std::uint32_t kDataRoom = 256;

/// Whether a segment is memory that the device has: one that has written nonsense may find it again as a
/// descriptor, which reaches over several buffers.
template <class Rig>
bool is_shared(const Rig& rig, const RingModel::Segment& segment) {
  const std::span<std::byte> all = rig.memory.all();
  const std::uint64_t offset = segment.address - rig.memory.device_address(all.data());
  return offset < all.size() && segment.length <= all.size() - offset;
}

/// The next chain of the driver, where it is one that a device which works would take.
template <class Rig>
std::optional<RingModel::Chain> take_chain(Rig& rig, bool for_device) {
  auto chain = rig.model->take();
  if (!chain || chain->segments.size() > 2) return std::nullopt;
  for (const RingModel::Segment& segment : chain->segments)
    if (segment.for_device != for_device || !is_shared(rig, segment)) return std::nullopt;
  return chain;
}

/// Overwrites a part of the ring.
template <class Rig>
void scribble(Rig& rig, Input& input) {
  const std::size_t bytes = rig.model->bytes();
  const std::size_t offset = input.take<std::uint16_t>() % bytes;
  const Bytes wanted = input.bytes(input.below(32));
  std::byte* const start = rig.queue.place(0).descriptors.memory + offset;
  std::memcpy(start, wanted.data(), std::min(wanted.size(), bytes - offset));
}

/// What a device may do to either kind of ring; `for_device`: it receives frames into it, which is to send
/// for us.
template <class Rig>
void disturb(Rig& rig, Input& input) {
  switch (input.below(4)) {
    case 0:
      return rig.model->flip(input.take<std::uint16_t>() % (8 * rig.model->bytes()));
    case 1:
      return scribble(rig, input);
    case 2: {
      const auto id = input.take<std::uint16_t>();
      const auto length = input.take<std::uint32_t>();
      return rig.model->use_word(id, length, static_cast<std::uint16_t>(input.below(66)));
    }
    default:
      return rig.model->set_used_index(input.take<std::uint16_t>());
  }
}

void fill_buffer(ReceiveRig& rig, Input& input) {
  const auto chain = take_chain(rig, true);
  if (!chain) return;
  const auto length = input.take<std::uint16_t>();
  const Bytes bytes = input.bytes(input.below(128));
  std::size_t room = 0;
  for (const RingModel::Segment& segment : chain->segments) room += segment.length;
  rig.write(*chain, bytes.data(), std::min(bytes.size(), room));
  rig.model->use(*chain, length);
}

void receive(ReceiveRig& rig, std::uint32_t burst) {
  const auto packets = rig.receive(burst);
  for (Packet* packet : packets) {
    expect(packet->length() >= 14 && packet->length() <= kDataRoom, "a frame has a length that can be");
    std::memset(packet->data(), 0x77, packet->length());
  }
  rig.pool->free(packets);
}

void play(ReceiveRig& rig, Input& input) {
  switch (input.below(3)) {
    case 0:
      return fill_buffer(rig, input);
    case 1:
      return receive(rig, 1 + input.below(40));
    default:
      return disturb(rig, input);
  }
}

void play(TransmitRig& rig, Input& input) {
  switch (input.below(3)) {
    case 0: {
      const std::uint32_t count = input.below(16);
      rig.send_new(count, 14 + input.below(100));
      break;
    }
    case 1:
      if (const auto chain = take_chain(rig, false)) rig.model->use(*chain, 0);
      break;
    default:
      disturb(rig, input);
  }
  expect(rig.queue.room() <= rig.queue.slots(), "there is no more room than slots");
}

/// One rig for each format that a device may ask for, made when it is first wanted.
template <class Rig, class... More>
Rig& rig_of(std::size_t format, bool checksums) {
  static std::array<std::array<std::unique_ptr<Rig>, 2>, 8> rigs;
  auto& rig = rigs.at(format)[checksums ? 1 : 0];
  if (rig) return *rig;
  const test::VirtioRigOptions options{.format = test::all_formats()[format],
                                       .size = {16, 16},
                                       .buffers = 64,
                                       .data_room = kDataRoom,
                                       .shared = true};
  if constexpr (std::is_same_v<Rig, ReceiveRig>)
    rig = std::make_unique<Rig>(
        options, checksums && options.format.header_bytes == drivers::virtio::kWholeHeader, checksums);
  else
    rig = std::make_unique<Rig>(
        options, test::TransmitRigOptions{.checksums = checksums, .device_checksums = checksums});
  return *rig;
}

template <class Rig>
void play_all(Rig& rig, Input& input) {
  while (!input.empty()) play(rig, input);
  // Holds that every buffer comes home.
  rig.restart();
}

void read_driver_rings(Bytes bytes) {
  Input input(bytes);
  const std::size_t format = input.below(static_cast<std::uint32_t>(test::all_formats().size()));
  const bool checksums = input.flag();
  if (input.flag())
    play_all(rig_of<ReceiveRig>(format, checksums), input);
  else
    play_all(rig_of<TransmitRig>(format, checksums), input);
}

void driver_rings_seeds(const Sink& seed) {
  for (unsigned format = 0; format < test::all_formats().size(); ++format)
    for (const unsigned checksums : {0U, 1U}) {
      Seed receives;
      receives.byte(format).byte(checksums).byte(1);
      const test::Bytes frame = test::udp_frame();
      for (unsigned i = 0; i < 3; ++i)
        receives.byte(0)
            .put(static_cast<std::uint16_t>(72))
            .byte(72)
            .put(drivers::virtio::NetHeader{
                .flags = 1, .checksum_start = 34, .checksum_offset = 6, .buffers = 1})
            .bytes(frame);
      receives.byte(1).byte(10);
      seed(receives.content());
      Seed transmits;
      transmits.byte(format).byte(checksums).byte(0).byte(0).byte(3).byte(50).byte(1).byte(1).byte(2).byte(0);
      seed(transmits.put(std::uint16_t{77}).byte(0).byte(3).byte(9).content());
    }
}

const Registered driver_rings_target(
    {.name = "driver_rings", .run = read_driver_rings, .seeds = driver_rings_seeds, .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz
