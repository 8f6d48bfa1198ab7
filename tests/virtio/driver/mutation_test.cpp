// A device that flips bits of its rings at random, one after each thing that it does right (tests/FAULTS.md,
// F13). What is looked for: nothing is touched that should not be (under AddressSanitizer and with the pool's
// own checks), no queue hangs, and at the end every buffer is home.
//
// IXYFLOW_MUTATIONS: how many flips, 10^5 if it says nothing; by hand 10^7. IXYFLOW_SEED: where they begin.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "tests/virtio/driver/receive_rig.hpp"
#include "tests/virtio/driver/transmit_rig.hpp"

namespace ixyflow::test {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Mutations for each of `ways` ways to try.
std::uint64_t mutations(std::uint64_t ways) {
  return from_environment("IXYFLOW_MUTATIONS", 100'000) / ways;
}

using Random = std::mt19937_64;

/// One bit anywhere in the ring.
template <class Rig>
void flip_one(Rig& rig, Random& random) {
  rig.model->flip(random() % (8 * rig.model->bytes()));
}

/// What a device does that still works: a chain of the driver, if it looks like one.
std::optional<RingModel::Chain> take_plausible(RingModel& model, bool for_device) {
  auto chain = model.take();
  if (!chain || chain->segments.size() > 2) return std::nullopt;
  for (const auto& segment : chain->segments)
    if (segment.for_device != for_device) return std::nullopt;
  return chain;
}

void mutate_receive(const QueueFormat& format, std::uint64_t count, Random& random) {
  ReceiveRig rig({.format = format});
  std::uint64_t resets = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    for (std::uint64_t k = random() % 8; k > 0; --k)
      if (const auto chain = take_plausible(*rig.model, true)) {
        const auto length = static_cast<std::uint32_t>(random() % 3 == 0 ? random() % 2100 : 72);
        rig.model->use(*chain, length);
      }
    flip_one(rig, random);
    const auto packets = rig.receive(static_cast<std::uint32_t>(random() % 40 + 1));
    for (Packet* packet : packets) {
      if (packet->length() < 14 || packet->length() > 2048) FAIL("a length that cannot be");
      // Whoever has it may write to all of it.
      std::memset(packet->data(), 0x77, packet->length());
    }
    rig.pool->free(packets);
    if (rig.queue.distrusted() != nullptr || random() % 256 == 0) {
      rig.restart();
      ++resets;
    }
  }
  CHECK(resets > 0);
}

void mutate_transmit(const QueueFormat& format, std::uint64_t count, Random& random) {
  TransmitRig rig({.format = format});
  std::uint64_t resets = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::vector<Packet*> packets(random() % 16);
    REQUIRE(rig.pool->allocate(packets) == packets.size());
    for (Packet* packet : packets) packet->set_length(static_cast<std::uint32_t>(14 + random() % 100));
    const std::uint32_t taken = rig.queue.transmit(packets);
    rig.pool->free(std::span<Packet* const>(packets).subspan(taken));
    for (std::uint64_t k = random() % 16; k > 0; --k)
      if (const auto chain = take_plausible(*rig.model, false)) rig.model->use(*chain, 0);
    flip_one(rig, random);
    if (rig.queue.room() > rig.queue.slots()) FAIL("more room than there is");
    if (rig.queue.distrusted() != nullptr || random() % 256 == 0) {
      rig.restart();
      ++resets;
    }
  }
  CHECK(resets > 0);
}

/// Rings as they should be, and anything in headers and lengths.
void mutate_headers(const QueueFormat& format, std::uint64_t count, Random& random) {
  ReceiveRig rig({.format = format}, true, true);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto chain = rig.model->take();
    REQUIRE(chain);
    std::vector<std::uint8_t> bytes(12 + random() % 200);
    NetHeader header{.buffers = static_cast<std::uint16_t>(random() % 8)};
    if (random() % 4 == 0) header.flags = static_cast<std::uint8_t>(random() % 4);
    if (random() % 16 == 0) header.gso_type = static_cast<std::uint8_t>(random());
    header.checksum_start = static_cast<std::uint16_t>(random() % 4 == 0 ? random() : random() % 220);
    header.checksum_offset = static_cast<std::uint16_t>(random() % 4 == 0 ? random() : random() % 20);
    if (random() % 64 == 0) header.buffers = static_cast<std::uint16_t>(random());
    std::memcpy(bytes.data(), &header, sizeof header);
    rig.write(*chain, bytes.data(), bytes.size());
    rig.model->use(*chain, static_cast<std::uint32_t>(random() % 256 == 0 ? random() : bytes.size()));
    if (random() % 4 == 0) rig.take(static_cast<std::uint32_t>(random() % 40 + 1));
    if (rig.queue.distrusted() != nullptr || random() % 256 == 0 || i % 48 == 47) rig.restart();
  }
}

}  // namespace

TEST_CASE("F13 random bit flips in virtio receive rings lead to drops and resets, and lose no buffer") {
  const std::uint64_t seed = from_environment("IXYFLOW_SEED", 1);
  CAPTURE(seed);
  Random random(seed);
  for (const QueueFormat& format : all_formats())
    mutate_receive(format, mutations(3 * all_formats().size()), random);
}

TEST_CASE("F13 random virtio headers and lengths lead to drops and resets, and lose no buffer") {
  const std::uint64_t seed = from_environment("IXYFLOW_SEED", 1);
  CAPTURE(seed);
  Random random(seed);
  for (const QueueFormat& format : all_formats())
    if (format.header_bytes == sizeof(NetHeader)) mutate_headers(format, mutations(12), random);
}

TEST_CASE("F13 random bit flips in virtio transmit rings lead to resets, and lose no buffer") {
  const std::uint64_t seed = from_environment("IXYFLOW_SEED", 1);
  CAPTURE(seed);
  Random random(seed);
  for (const QueueFormat& format : all_formats())
    mutate_transmit(format, mutations(3 * all_formats().size()), random);
}

}  // namespace ixyflow::test
