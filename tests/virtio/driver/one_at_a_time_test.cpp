// The accelerators (receive_many.hpp, transmit_many.hpp) make the virtio driver faster and nothing else: with
// and without them the same frames come and go, the same are dropped, and the same slots come back.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/virtio/driver/receive_rig.hpp"
#include "tests/virtio/driver/transmit_rig.hpp"

namespace ixyflow::test {
namespace {

std::uint32_t below(std::mt19937& dice, std::size_t sides) {
  return static_cast<std::uint32_t>(dice() % sides);
}

/// Lengths of frames as they come: most may be taken as they are, some may not.
std::uint32_t any_length(std::mt19937& dice, std::uint32_t most) {
  const std::uint32_t pick = below(dice, 16);
  if (pick == 0) return below(dice, 14);
  return 14 + below(dice, pick == 1 ? most - 13 : 100);
}

/// Lets up to `most` frames arrive, as far as there are buffers, in another order than those were given where
/// `shuffled`.
void deliver_some(ReceiveRig& rig, std::mt19937& dice, std::uint32_t most, bool shuffled) {
  std::vector<RingModel::Chain> chains;
  for (std::uint32_t i = below(dice, most) + 1; i > 0; --i)
    if (const auto chain = rig.model->take()) chains.push_back(*chain);
  if (shuffled && below(dice, 4) == 0) std::shuffle(chains.begin(), chains.end(), dice);
  for (const RingModel::Chain& chain : chains) rig.deliver_into(chain, any_length(dice, 2048));
}

/// All that happens to a receive queue in a thousand rounds of a device and a worker.
std::vector<std::uint64_t> receive_history(const QueueFormat& format, bool one_at_a_time) {
  std::mt19937 dice(7);
  ReceiveRig rig({.format = format, .buffers = 100, .one_at_a_time = one_at_a_time});
  std::vector<std::uint64_t> history;
  std::vector<Packet*> kept;  // so many at times that the pool is empty
  for (int round = 0; round < 1000; ++round) {
    deliver_some(rig, dice, 16, !format.in_order);
    const auto packets = rig.receive(below(dice, 24) + 1);
    for (Packet* packet : packets) history.insert(history.end(), {packet->length(), packet->data()[0]});
    kept.insert(kept.end(), packets.begin(), packets.end());
    if (below(dice, 4) == 0) {
      rig.pool->free(kept);
      kept.clear();
    }
    history.insert(history.end(), {packets.size(), rig.pool->available(), rig.notifications()});
  }
  rig.pool->free(kept);
  REQUIRE(rig.queue.distrusted() == nullptr);
  CHECK(rig.queue.bad_length.value() > 100);
  history.push_back(rig.queue.bad_length.value());
  return history;
}

/// The same for a transmit queue.
std::vector<std::uint64_t> transmit_history(const QueueFormat& format, bool one_at_a_time) {
  std::mt19937 dice(7);
  TransmitRig rig({.format = format, .one_at_a_time = one_at_a_time}, {.longest = 1000});
  std::vector<std::uint64_t> history;
  std::vector<RingModel::Chain> under_way;
  for (int round = 0; round < 1000; ++round) {
    std::vector<Packet*> packets;
    const bool plain = below(dice, 2) == 0;
    for (std::uint32_t i = below(dice, 24) + 1; i > 0; --i)
      packets.push_back(rig.make(plain ? 14 + below(dice, 900) : any_length(dice, 1100)));
    const std::uint32_t taken = rig.send(packets);
    rig.pool->free(std::span<Packet* const>(packets).subspan(taken));
    while (const auto frame = rig.take_frame()) {
      history.insert(history.end(), {frame->bytes.size(), frame->bytes[0], frame->header.flags});
      under_way.push_back(frame->chain);
    }
    if (!format.in_order && below(dice, 4) == 0) std::shuffle(under_way.begin(), under_way.end(), dice);
    const std::size_t sent = below(dice, under_way.size() + 1);
    if (format.in_order && sent > 0)
      rig.model->use_batch(under_way[sent - 1].id, 0, static_cast<std::uint16_t>(sent));
    else
      for (std::size_t i = 0; i < sent; ++i) rig.model->use(under_way[i], 0);
    under_way.erase(under_way.begin(), under_way.begin() + static_cast<std::ptrdiff_t>(sent));
    history.insert(history.end(), {taken, rig.queue.room(), rig.pool->available(), rig.notifications()});
  }
  REQUIRE(rig.queue.distrusted() == nullptr);
  CHECK(rig.queue.bad_length.value() > 100);
  history.push_back(rig.queue.bad_length.value());
  return history;
}

}  // namespace

TEST_CASE("virtio receives the same when it takes every frame alone") {
  for (const QueueFormat& format : all_formats()) {
    CAPTURE(format.packed, format.in_order, format.header_apart);
    CHECK(receive_history(format, true) == receive_history(format, false));
  }
}

TEST_CASE("virtio transmits the same when it puts and gives back every frame alone") {
  for (const QueueFormat& format : all_formats()) {
    CAPTURE(format.packed, format.in_order, format.header_apart);
    CHECK(transmit_history(format, true) == transmit_history(format, false));
  }
}

}  // namespace ixyflow::test
