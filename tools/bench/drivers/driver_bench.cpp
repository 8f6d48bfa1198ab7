// What receiving a packet and sending it on costs in a driver alone: no elements, no pipeline, and a card
// that does nothing but complete descriptors (trivial_card.hpp, trivial_virtio.hpp, and trivial_guest.hpp for
// the port that is the card itself), whose own cost is measured alone.
//
//   driver_bench driver 32 1000000 ixgbe    receive and transmit with batches of 32, and the card's work
//   driver_bench card 32 1000000 ixgbe      the card's work alone
//
// The drivers: ixgbe, virtio_split, virtio_packed, vhost_split, vhost_packed.
//
// Prints TSC cycles per packet. One run per call, so that callgrind can count the instructions of each.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/packet/batch.hpp"
#include "tools/bench/drivers/trivial_card.hpp"
#include "tools/bench/drivers/trivial_guest.hpp"
#include "tools/bench/drivers/trivial_virtio.hpp"

namespace {

using namespace ixyflow;

constexpr std::uint32_t kDescriptors = 256;
constexpr std::uint32_t kBuffers = 1024;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "driver_bench: %s\n", why.c_str());
  std::exit(EXIT_FAILURE);
}

template <class Card>
double cycles_per_packet(Card& card, bool driver, std::uint32_t batch, std::uint64_t packets) {
  std::array<Packet*, kMaxBatch> buffer;
  const std::span<Packet*> places = std::span(buffer).first(batch);
  std::uint64_t moved = 0;
  const std::uint64_t start = tsc();
  while (moved < packets) {
    card.work(batch);
    if (driver) {
      const std::uint32_t count = card.receive.receive(places);
      if (card.transmit.transmit(places.first(count)) != count) give_up("the transmit queue is full");
      moved += count;
    } else {
      card.forget();
      moved += batch;
    }
  }
  return static_cast<double>(tsc() - start) / static_cast<double>(moved);
}

/// One run with packet memory, a pool and a card of its own.
template <class Card>
double run(bool driver, std::uint32_t batch, std::uint64_t packets) {
  auto memory = DmaMemory::allocate(BufferLayout{}.bytes(kBuffers) + (64U << 10), Pages::huge_or_small, -1);
  if (!memory) give_up(memory.error().text);
  if (auto assigned = memory->assign_addresses(DeviceAddresses::linear, 1ULL << 32); !assigned)
    give_up(assigned.error().text);
  auto pool = Mempool::create(*memory, kBuffers, BufferLayout{}, 0);
  if (!pool) give_up(pool.error().text);
  Clock clock(Clock::Kind::real);
  Card card(*memory, kDescriptors, 2048);
  if (!card.start({pool->get(), &clock, 0})) give_up("the card does not start");

  const double cycles = cycles_per_packet(card, driver, batch, packets);
  card.stop();
  if ((*pool)->available() != kBuffers) give_up("buffers did not come home");
  return cycles;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) give_up("usage: driver_bench driver|card BATCH PACKETS DRIVER");
  const bool driver = std::string_view(argv[1]) == "driver";
  const auto batch = static_cast<std::uint32_t>(std::atoi(argv[2]));
  const std::uint64_t packets = std::strtoull(argv[3], nullptr, 10);
  const std::string_view name = argv[4];
  if (batch < 1 || batch > kMaxBatch) give_up("a batch is 1 to 256");
  double cycles = 0;
  if (name == "ixgbe")
    cycles = run<bench::TrivialCard>(driver, batch, packets);
  else if (name == "virtio_split")
    cycles = run<bench::TrivialVirtio<false>>(driver, batch, packets);
  else if (name == "virtio_packed")
    cycles = run<bench::TrivialVirtio<true>>(driver, batch, packets);
  else if (name == "vhost_split")
    cycles = run<bench::TrivialGuest<false>>(driver, batch, packets);
  else if (name == "vhost_packed")
    cycles = run<bench::TrivialGuest<true>>(driver, batch, packets);
  else
    give_up("there is no such driver");
  std::printf("%.2f\n", cycles);
}
