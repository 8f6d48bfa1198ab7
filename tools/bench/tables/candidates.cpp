#include <array>
#include <boost/unordered_map.hpp>
#include <boost/version.hpp>
#include <unordered_map>
#if BOOST_VERSION >= 108100
#include <boost/unordered/unordered_flat_map.hpp>
#endif

#include "core/element/flow_table.hpp"
#include "tools/bench/tables/flows.hpp"

namespace ixyflow::bench {
namespace {

class OurFlows final : public Flows {
 public:
  explicit OurFlows(std::size_t capacity) : table_(static_cast<std::uint32_t>(capacity), 7) {}

  const char* name() const override { return "FlowTable"; }
  std::size_t find(std::span<const FlowKey> keys) override {
    look_up(keys);
    std::size_t found = 0;
    for (FlowState* state : std::span(states_).first(keys.size())) {
      if (state == nullptr) continue;
      ++found;
      ++state->packets;
      state->bytes += 64;
    }
    return found;
  }
  std::size_t insert(std::span<const FlowKey> keys) override {
    look_up(keys);
    ++now_;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (states_[i] == nullptr && table_.insert(keys[i], hashes_[i], now_) == nullptr) ++refused;
    return refused;
  }
  void end(std::span<const FlowKey> oldest) override {
    // Its own hand finds them: places were given out in the order of age.
    std::size_t left = oldest.size();
    while (left > 0) left -= table_.expire(now_ + 1, static_cast<std::uint32_t>(left), [](auto&, auto&) {});
  }
  std::size_t bytes() const override { return table_.bytes(); }

 private:
  void look_up(std::span<const FlowKey> keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) hashes_[i] = table_.fetch(keys[i]);
    table_.find_many(keys, std::span(hashes_).first(keys.size()), now_,
                     [this](std::size_t i, FlowState* state) { states_[i] = state; });
  }

  FlowTable<FlowKey, FlowState> table_;
  std::array<std::uint64_t, kBatch> hashes_{};
  std::array<FlowState*, kBatch> states_{};
  Nanoseconds now_ = 0;
};

struct Hash {
  std::size_t operator()(const FlowKey& key) const noexcept { return key.hash(7); }
};

template <class Map>
class MapFlows final : public Flows {
 public:
  MapFlows(const char* name, std::size_t capacity) : name_(name) { map_.reserve(capacity); }

  const char* name() const override { return name_; }
  std::size_t find(std::span<const FlowKey> keys) override {
    std::size_t found = 0;
    for (const FlowKey& key : keys) {
      const auto place = map_.find(key);
      if (place == map_.end()) continue;
      ++found;
      ++place->second.packets;
      place->second.bytes += 64;
    }
    return found;
  }
  std::size_t insert(std::span<const FlowKey> keys) override {
    for (const FlowKey& key : keys) map_.emplace(key, FlowState{});
    return 0;
  }
  void end(std::span<const FlowKey> oldest) override {
    for (const FlowKey& key : oldest) map_.erase(key);
  }

 private:
  const char* name_;
  Map map_;
};

}  // namespace

std::vector<std::unique_ptr<Flows>> make_candidates(std::size_t capacity) {
  std::vector<std::unique_ptr<Flows>> candidates;
  candidates.push_back(std::make_unique<OurFlows>(capacity));
  candidates.push_back(std::make_unique<MapFlows<std::unordered_map<FlowKey, FlowState, Hash>>>(
      "std::unordered_map", capacity));
  candidates.push_back(std::make_unique<MapFlows<boost::unordered_map<FlowKey, FlowState, Hash>>>(
      "boost::unordered_map", capacity));
#if BOOST_VERSION >= 108100
  candidates.push_back(std::make_unique<MapFlows<boost::unordered_flat_map<FlowKey, FlowState, Hash>>>(
      "boost::unordered_flat_map", capacity));
#endif
  if (auto theirs = make_rte_hash(capacity)) candidates.push_back(std::move(theirs));
  return candidates;
}

}  // namespace ixyflow::bench
