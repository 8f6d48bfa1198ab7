// Virtqueues, split and packed, as the device reads them (drivers/virtio/device): whatever a guest writes
// into its memory, nothing outside of it is touched, and no buffer is lost.

#include <optional>

#include "core/os/passed_descriptors.hpp"
#include "drivers/virtio/format/packed_layout.hpp"
#include "drivers/virtio/format/split_layout.hpp"
#include "tests/fuzz/guest.hpp"
#include "tests/fuzz/seed.hpp"
#include "tests/fuzz/sockets.hpp"

namespace ixyflow::fuzz {
namespace {

using namespace drivers::vhost;
namespace virtio = drivers::virtio;

// Where the areas of both rings lie; tables and buffers of a good guest are behind them.
constexpr std::size_t kRing = 8 * 1024;  ///< from one ring to the other
constexpr std::size_t kDriver = 2048;
constexpr std::size_t kDevice = 4096;
constexpr std::size_t kBuffersAt = 2 * kRing;

/// How an input begins: what front end and back end have agreed upon.
struct Agreement {
  std::uint8_t flags = 0;  ///< by bit, from packed on
  std::uint8_t size = 0;
  std::uint16_t position = 0;
};

/// Mapped once, as a front end has it done.
const GuestMemory& mapped(const GuestFile& file) {
  static const std::unique_ptr<GuestMemory> memory = [&file] {
    const auto ends = socket_pair();
    const int fd = file.fd();
    const std::byte any{};
    send_to(ends.first.get(), std::span(&any, 1), std::span(&fd, 1));
    PassedDescriptors passed;
    std::byte received;
    expect(passed.receive(ends.second.get(), std::span(&received, 1)) == 1, "a descriptor comes along");
    drivers::vhost_user::MemoryTable table;
    table.count = 1;
    table.regions[0] = {GuestFile::kGuest, GuestFile::kBytes, GuestFile::kUser, 0};
    return std::move(*GuestMemory::map(table, passed));
  }();
  return *memory;
}

RingSetup set_up(const Agreement& agreed, const GuestMemory& memory, std::size_t ring, int call) {
  const auto bit = [&](unsigned number) { return (agreed.flags >> number & 1) != 0; };
  RingSetup setup{.packed = bit(0), .memory = &memory, .event_index = bit(1)};
  // A split ring has a power of two.
  setup.size = static_cast<std::uint16_t>(setup.packed ? agreed.size % 100 + 1 : 1U << agreed.size % 7);
  const auto place = [&](std::size_t offset) {
    return reinterpret_cast<std::byte*>(memory.translate(GuestFile::kGuest + ring * kRing + offset, 16));
  };
  setup.descriptors = place(0);
  setup.driver = place(kDriver);
  setup.device = place(kDevice);
  setup.position.index =
      setup.packed ? static_cast<std::uint16_t>(agreed.position % setup.size) : agreed.position;
  setup.position.wrap = bit(2);
  setup.mergeable = bit(3);
  setup.checksums = bit(4);
  setup.enabled = !bit(5);
  setup.header_bytes = bit(6) ? virtio::kShortHeader : virtio::kWholeHeader;
  setup.call = bit(7) ? call : -1;
  return setup;
}

void play(Input& input, GuestFile& file, GuestBench& bench, ReceiveQueue& receive, TransmitQueue& transmit) {
  switch (input.below(4)) {
    case 0: {
      const auto offset = input.take<std::uint16_t>();
      return file.write(offset, input.bytes(input.byte()));
    }
    case 1:
      return bench.receive(receive, input.below(33));
    case 2: {
      const std::uint32_t count = input.below(9);
      return bench.transmit(transmit, count, input.take<std::uint16_t>());
    }
    default:
      static_cast<void>(transmit.room());
  }
}

void read_device_rings(Bytes bytes) {
  static GuestFile file;
  static GuestBench bench;
  static const FileDescriptor call(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  file.clear();
  Input input(bytes);
  const auto agreed = input.take<Agreement>();
  TransmitRing to_guest;
  ReceiveRing from_guest;
  ReceiveQueue receive;
  TransmitQueue transmit;
  receive.add(from_guest);
  receive.attach(bench.context());
  transmit.add(to_guest);
  transmit.attach(bench.context());
  bench.receive(receive, 0);
  static_cast<void>(transmit.room());
  to_guest.give(set_up(agreed, mapped(file), 0, call.get()));
  from_guest.give(set_up(agreed, mapped(file), 1, call.get()));
  while (!input.empty()) play(input, file, bench, receive, transmit);
  receive.detach();
  transmit.detach();
  bench.check();
}

/// A guest that offers one buffer in each ring, in as many descriptors.
std::string good_guest(bool packed, unsigned pieces, unsigned flags) {
  Seed seed;
  seed.put(Agreement{static_cast<std::uint8_t>((packed ? 1U : 0U) | 4U | flags), 4, 0});
  const auto write = [&](std::size_t offset, const auto& value) {
    seed.byte(0).put(static_cast<std::uint16_t>(offset)).byte(sizeof value).put(value);
  };
  for (const std::size_t ring : {0U, 1U}) {
    const std::uint16_t direction = ring == 0 ? 2 : 0;
    for (unsigned i = 0; i < pieces; ++i) {
      const std::uint64_t address = GuestFile::kGuest + kBuffersAt + ring * 4096 + std::uint64_t{i} * 100;
      const auto shape = static_cast<std::uint16_t>(direction | (i + 1 < pieces ? 1 : 0));
      if (packed)
        write(ring * kRing + 16U * i,
              virtio::PackedDescriptor{address,
                                       100U | std::uint64_t{9} << 32 | std::uint64_t{shape | 0x80U} << 48});
      else
        write(ring * kRing + 16U * i,
              virtio::SplitDescriptor{address, 100, shape, static_cast<std::uint16_t>(i + 1)});
    }
    if (!packed) write(ring * kRing + kDriver, std::uint64_t{1} << 16);
  }
  seed.byte(1).byte(32).byte(2).byte(3).put(std::uint16_t{60}).byte(3);
  return seed.content();
}

void device_rings_seeds(const Sink& seed) {
  for (const bool packed : {false, true})
    for (const unsigned pieces : {1U, 3U})
      for (const unsigned flags : {0U, 8U, 16U, 64U, 128U + 2U}) seed(good_guest(packed, pieces, flags));
}

const Registered device_rings_target(
    {.name = "device_rings", .run = read_device_rings, .seeds = device_rings_seeds, .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz
