#include "core/base/statistics/histogram.hpp"

#include <cmath>

namespace ixyflow {

void Histogram::merge(const Histogram& other) noexcept {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::count() const noexcept {
  std::uint64_t count = 0;
  for (const std::uint64_t values : buckets_) count += values;
  return count;
}

std::uint64_t Histogram::last_of(std::size_t bucket) noexcept {
  constexpr std::size_t kPerPower = std::size_t{1} << kSubBits;
  if (bucket < 2 * kPerPower) return bucket;
  const std::size_t dropped = (bucket >> kSubBits) - 1;
  const std::uint64_t first = std::uint64_t{kPerPower + bucket % kPerPower} << dropped;
  return first + ((std::uint64_t{1} << dropped) - 1);
}

std::uint64_t Histogram::percentile(double share) const noexcept {
  const std::uint64_t all = count();
  // The rank of the value among all, from 1: of 1,000 values the 0.99 share is the 990th.
  const double rank = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(all));
  std::uint64_t left = std::max<std::uint64_t>(static_cast<std::uint64_t>(rank), 1);
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] >= left) return std::min(last_of(i), max_);
    left -= buckets_[i];
  }
  return max_;
}

}  // namespace ixyflow
