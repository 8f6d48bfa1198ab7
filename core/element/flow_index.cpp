#include "core/element/flow_index.hpp"

#include <algorithm>

namespace ixyflow {

namespace {

/// Buckets for so many flows at a load of 65 %. Never a few only: the two of a flow are to differ.
std::uint32_t buckets_for(std::uint32_t flows) {
  constexpr std::uint64_t kFewest = 16;
  const std::uint64_t places = (std::uint64_t{flows} * 100 + 64) / 65;
  return static_cast<std::uint32_t>(std::max(kFewest, (places + FlowIndex::kWays - 1) / FlowIndex::kWays));
}

}  // namespace

FlowIndex::FlowIndex(std::uint32_t flows, int node)
    : count_(buckets_for(flows)),
      memory_(count_ * sizeof(Bucket), node),
      buckets_(static_cast<Bucket*>(memory_.get())) {}

bool FlowIndex::insert(std::uint64_t spot, std::uint32_t entry) noexcept {
  const std::uint32_t tag = tag_of(spot);
  const std::uint32_t first = first_of(spot);
  Place place = free_place(first);
  if (place.way == kWays) {
    const std::uint32_t second = other_of(first, tag);
    place = free_place(second);
    if (place.way == kWays) place = make_room(first);
    if (place.way == kWays) place = make_room(second);
    if (place.way == kWays) return false;
  }
  buckets_[place.bucket].tags[place.way] = tag;
  buckets_[place.bucket].entries[place.way] = entry;
  return true;
}

FlowIndex::Place FlowIndex::free_place(std::uint32_t bucket) const noexcept {
  const unsigned places = buckets_[bucket].places_of(0);
  return {bucket, places != 0 ? static_cast<unsigned>(std::countr_zero(places)) : kWays};
}

/// Moves one flow of a full bucket to its other bucket, if one has room there. Returns the place that it
/// left.
FlowIndex::Place FlowIndex::make_room(std::uint32_t bucket) noexcept {
  Bucket& full = buckets_[bucket];
  for (unsigned way = 0; way < kWays; ++way) {
    const Place other = free_place(other_of(bucket, full.tags[way]));
    if (other.way == kWays) continue;
    buckets_[other.bucket].tags[other.way] = full.tags[way];
    buckets_[other.bucket].entries[other.way] = full.entries[way];
    return {bucket, way};
  }
  return {};
}

}  // namespace ixyflow
