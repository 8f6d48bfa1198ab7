#include "tools/bench/tables/flows.hpp"

#ifdef IXYFLOW_BENCH_DPDK

#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace ixyflow::bench {
namespace {

/// DPDK's table, with keys of its own and an index into an array of states: what its data pointer would be.
class RteFlows final : public Flows {
 public:
  explicit RteFlows(rte_hash* hash, std::size_t capacity) : hash_(hash), states_(capacity + 1) {}
  ~RteFlows() override { rte_hash_free(hash_); }

  const char* name() const override { return "rte_hash"; }
  std::size_t find(std::span<const FlowKey> keys) override {
    std::array<const void*, kBatch> pointers;
    std::array<std::int32_t, kBatch> places;
    for (std::size_t i = 0; i < keys.size(); ++i) pointers[i] = &keys[i];
    rte_hash_lookup_bulk(hash_, pointers.data(), static_cast<std::uint32_t>(keys.size()), places.data());
    std::size_t found = 0;
    for (const std::int32_t place : std::span(places).first(keys.size())) {
      if (place < 0) continue;
      ++found;
      FlowState& state = states_[static_cast<std::size_t>(place)];
      ++state.packets;
      state.bytes += 64;
    }
    return found;
  }
  std::size_t insert(std::span<const FlowKey> keys) override {
    find(keys);
    std::size_t refused = 0;
    for (const FlowKey& key : keys) refused += rte_hash_add_key(hash_, &key) < 0 ? 1U : 0U;
    return refused;
  }
  void end(std::span<const FlowKey> oldest) override {
    for (const FlowKey& key : oldest) rte_hash_del_key(hash_, &key);
  }

 private:
  rte_hash* hash_;
  std::vector<FlowState> states_;
};

}  // namespace

std::unique_ptr<Flows> make_rte_hash(std::size_t capacity) {
  // Without huge pages of its own: it needs no card, and takes part where none are reserved.
  std::array<const char*, 8> words = {"bench", "--no-huge", "--no-pci",    "--no-shconf",
                                      "-m",    "1024",      "--log-level", "error"};
  if (rte_eal_init(static_cast<int>(words.size()), const_cast<char**>(words.data())) < 0) {
    std::fprintf(stderr, "rte_hash: DPDK does not start here, and is left out\n");
    return nullptr;
  }
  rte_hash_parameters parameters{};
  parameters.name = "flows";
  // The load for which ours is made.
  parameters.entries = static_cast<std::uint32_t>(capacity * 4 / 3);
  parameters.key_len = sizeof(FlowKey);
  parameters.hash_func = rte_hash_crc;
  rte_hash* const hash = rte_hash_create(&parameters);
  return hash != nullptr ? std::make_unique<RteFlows>(hash, capacity * 4 / 3) : nullptr;
}

}  // namespace ixyflow::bench

#else

namespace ixyflow::bench {

std::unique_ptr<Flows> make_rte_hash(std::size_t) {
  return nullptr;
}

}  // namespace ixyflow::bench

#endif
