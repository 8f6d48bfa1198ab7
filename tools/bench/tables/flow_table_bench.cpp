// FlowTable beside what others would take: a million flows are live, and are looked up in random order, in
// batches of 64; then the oldest ones make room for new ones. Rounds of all of them alternate.
//
//   ixyflow_table_bench [FLOWS] [ROUNDS]
//
// Prints JSON: TSC cycles per operation of every round, and bytes per flow beside 16 bytes of state.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "tools/bench/tables/flows.hpp"

namespace {

using namespace ixyflow;
using namespace ixyflow::bench;

std::vector<FlowKey> random_keys(std::size_t count, std::mt19937_64& random) {
  std::vector<FlowKey> keys(count);
  for (FlowKey& key : keys) {
    key.version = 4;
    key.protocol = IpProtocol::tcp;
    const std::uint64_t hosts = random();
    std::memcpy(key.source.data(), &hosts, 4);
    std::memcpy(key.destination.data(), reinterpret_cast<const char*>(&hosts) + 4, 4);
    key.source_port = static_cast<std::uint16_t>(random());
    key.destination_port = static_cast<std::uint16_t>(random());
  }
  return keys;
}

/// Cycles per key of `work`, called with one batch of `keys` after the other: the median over pieces of some
/// batches, so that what else runs on the machine does not count.
template <class Work>
double cycles_per_key(std::span<const FlowKey> keys, Work work) {
  constexpr std::size_t kPiece = 16 * kBatch;
  std::vector<std::uint64_t> pieces;
  for (std::size_t at = 0; at + kPiece <= keys.size(); at += kPiece) {
    const std::uint64_t start = tsc();
    for (std::size_t batch = at; batch < at + kPiece; batch += kBatch) work(keys.subspan(batch, kBatch));
    pieces.push_back(tsc() - start);
  }
  std::ranges::nth_element(pieces, pieces.begin() + static_cast<std::ptrdiff_t>(pieces.size() / 2));
  return static_cast<double>(pieces[pieces.size() / 2]) / double{kPiece};
}

/// One round of one candidate: everything is found, then everything is replaced.
void run(Flows& flows, std::vector<FlowKey>& live, std::span<const FlowKey> next, std::mt19937_64& random,
         nlohmann::json& figures) {
  std::vector<FlowKey> order = live;
  std::shuffle(order.begin(), order.end(), random);
  std::size_t found = 0;
  figures["find"].push_back(
      cycles_per_key(order, [&](std::span<const FlowKey> batch) { found += flows.find(batch); }));
  std::size_t refused = 0;
  auto oldest = live.begin();
  figures["replace"].push_back(cycles_per_key(next, [&](std::span<const FlowKey> batch) {
    flows.end(std::span(&*oldest, batch.size()));
    refused += flows.insert(batch);
    oldest += static_cast<std::ptrdiff_t>(batch.size());
  }));
  if (found != live.size() || refused != 0) {
    std::fprintf(stderr, "%s: %zu of %zu found, %zu refused\n", flows.name(), found, live.size(), refused);
    std::exit(EXIT_FAILURE);
  }
  live.assign(next.begin(), next.end());
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = (argc > 1 ? std::stoul(argv[1]) : 1'000'000) / (16 * kBatch) * (16 * kBatch);
  const int rounds = argc > 2 ? std::stoi(argv[2]) : 7;
  std::mt19937_64 random(7);
  std::vector<FlowKey> keys = random_keys(count * 2, random);
  nlohmann::json result;
  const auto candidates = make_candidates(count);
  const std::span first(keys.data(), count);
  const std::span second(keys.data() + count, count);
  for (const auto& flows : candidates)
    for (std::size_t at = 0; at < count; at += kBatch) flows->insert(first.subspan(at, kBatch));
  std::vector<std::vector<FlowKey>> live(candidates.size(), {first.begin(), first.end()});
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < candidates.size(); ++i)
      run(*candidates[i], live[i], round % 2 == 0 ? second : first, random, result[candidates[i]->name()]);
  for (const auto& flows : candidates)
    if (flows->bytes() != 0)
      result[flows->name()]["bytes_beside_state"] =
          static_cast<double>(flows->bytes()) / static_cast<double>(count) - double{sizeof(FlowState)};
  std::printf("%s\n", result.dump(2).c_str());
  return EXIT_SUCCESS;
}
