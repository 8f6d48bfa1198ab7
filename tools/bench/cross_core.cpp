// What it costs to hand packets to another core, and what the pool adds to that.
//
//   ring   one core writes a packet's metadata and pushes it; another pops it and reads the metadata. The
//   packets are
//          always the same few hundred, so that nothing but the ring is measured.
//   pool   the same, but the first core allocates every packet from its pool, and the second one frees it.
//
// Rounds of both alternate. Prints JSON: TSC cycles per packet of every round, for each burst.

#include <pthread.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.hpp"
#include "core/packet/dma_memory.hpp"
#include "core/packet/mempool.hpp"

namespace {

using namespace ixyflow;

constexpr std::uint32_t kRingLength = 1024;
constexpr std::uint32_t kBuffers = 4096;
using Ring = boost::lockfree::spsc_queue<Packet*, boost::lockfree::capacity<kRingLength>>;

struct Setting {
  int producer_cpu = 0;
  int consumer_cpu = 1;
  int rounds = 9;
  std::uint64_t packets = 20'000'000;
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "ixyflow_bench: %s\n", why.c_str());
  std::exit(EXIT_FAILURE);
}

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0)
    give_up("cannot run on CPU " + std::to_string(cpu));
}

DmaMemory memory_for(std::uint32_t buffers) {
  auto memory = DmaMemory::allocate(BufferLayout{}.bytes(buffers), Pages::huge_or_small, -1);
  if (!memory) give_up(memory.error().text);
  return std::move(*memory);
}

std::unique_ptr<Mempool> pool_of(DmaMemory& memory, std::uint32_t buffers, std::uint32_t home) {
  auto pool = Mempool::create(memory, buffers, BufferLayout{}, home);
  if (!pool) give_up(pool.error().text);
  return std::move(*pool);
}

void write_metadata(std::span<Packet*> packets) {
  for (Packet* packet : packets) packet->set_length(64);
}

std::uint64_t read_metadata(std::span<Packet* const> packets) {
  std::uint64_t bytes = 0;
  for (const Packet* packet : packets) bytes += packet->length();
  return bytes;
}

void push_all(Ring& ring, std::span<Packet*> packets) {
  for (std::size_t pushed = 0; pushed < packets.size();)
    pushed += ring.push(packets.data() + pushed, packets.size() - pushed);
}

// One core produces, the other one consumes; cycles from the first packet to the last, divided by their
// number. `produce` hands out the next burst; `consume` is given what came out of the ring.
template <class Produce, class Consume>
double cycles_per_packet(const Setting& setting, std::uint32_t burst, Produce produce, Consume consume) {
  Ring ring;
  std::atomic<int> ready = 0;
  std::uint64_t bytes = 0;
  std::thread consumer([&] {
    pin(setting.consumer_cpu);
    ready = 1;
    std::array<Packet*, kMaxBatch> packets;
    for (std::uint64_t done = 0; done < setting.packets;) {
      const std::span<Packet*> popped(packets.data(), ring.pop(packets.data(), burst));
      if (popped.empty()) continue;
      bytes += read_metadata(popped);
      consume(popped);
      done += popped.size();
    }
  });
  pin(setting.producer_cpu);
  while (ready == 0) continue;
  const std::uint64_t start = tsc();
  for (std::uint64_t done = 0; done < setting.packets; done += burst) {
    const std::span<Packet*> packets = produce(burst);
    write_metadata(packets);
    push_all(ring, packets);
  }
  consumer.join();
  const std::uint64_t cycles = tsc() - start;
  if (bytes != setting.packets * 64) give_up("packets were lost");
  return static_cast<double>(cycles) / static_cast<double>(setting.packets);
}

double ring_round(const Setting& setting, std::uint32_t burst) {
  // Twice as many packets as can be under way, so that none is written to before it was read.
  DmaMemory memory = memory_for(2 * kRingLength);
  const auto pool = pool_of(memory, 2 * kRingLength, 0);
  std::vector<Packet*> packets(2 * kRingLength);
  if (pool->allocate(packets) != packets.size()) give_up("the pool is too small");
  std::size_t next = 0;
  const double cycles = cycles_per_packet(
      setting, burst,
      [&](std::uint32_t count) {
        const std::span<Packet*> chosen(packets.data() + next, count);
        next = (next + count) % packets.size();
        return chosen;
      },
      [](std::span<Packet* const>) {});
  pool->free(packets);
  return cycles;
}

double pool_round(const Setting& setting, std::uint32_t burst) {
  DmaMemory memory = memory_for(kBuffers);
  const auto producer = pool_of(memory, kBuffers, 0);
  const auto consumer = pool_of(memory, 0, 1);
  Mempool::connect(*producer, *consumer);
  std::array<Packet*, kMaxBatch> packets;
  const double cycles = cycles_per_packet(
      setting, burst,
      [&](std::uint32_t count) {
        std::uint32_t got = 0;
        while (got < count) got += producer->allocate({packets.data() + got, count - got});
        return std::span<Packet*>(packets.data(), count);
      },
      [&](std::span<Packet* const> popped) {
        consumer->free(popped);
        consumer->send_home();
      });
  if (producer->available() != producer->size()) give_up("buffers did not come home");
  return cycles;
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  if (argc == 5) {
    setting.producer_cpu = std::atoi(argv[1]);
    setting.consumer_cpu = std::atoi(argv[2]);
    setting.rounds = std::atoi(argv[3]);
    setting.packets = std::strtoull(argv[4], nullptr, 10);
  } else if (argc != 1) {
    give_up("usage: ixyflow_bench [PRODUCER_CPU CONSUMER_CPU ROUNDS PACKETS]");
  }
  nlohmann::json result = {{"tsc_hz", tsc_frequency()}, {"packets", setting.packets}};
  for (const std::uint32_t burst : {32U, 64U}) {
    // Whole bursts, so that every packet belongs to one.
    setting.packets -= setting.packets % burst;
    nlohmann::json& both = result["bursts"][std::to_string(burst)];
    for (int round = 0; round < setting.rounds; ++round) {
      both["ring"].push_back(ring_round(setting, burst));
      both["pool"].push_back(pool_round(setting, burst));
    }
  }
  std::puts(result.dump().c_str());
}
