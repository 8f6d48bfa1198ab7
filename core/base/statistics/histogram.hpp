#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/base/api.hpp"

namespace ixyflow {

/// How values are distributed, from 0 to 2^64 - 1, in a fixed number of buckets: one for each value below 32,
/// from there on 16 for each power of two (log-linear, as HdrHistogram has them). A percentile is at most a
/// sixteenth (6.25 %) above the true one and never below it; count, sum and maximum are exact, as long as
/// they fit into 64 bits. About 8 KiB.
///
/// One writer, the worker of its element; everybody else sees the copy in a snapshot.
class IXYFLOW_API Histogram {
 public:
  void add(std::uint64_t value) noexcept {
    ++buckets_[bucket_of(value)];
    sum_ += value;
    max_ = std::max(max_, value);
  }
  /// Adds what another one has, so that both together are one.
  void merge(const Histogram& other) noexcept;

  /// How many values there are.
  [[nodiscard]] std::uint64_t count() const noexcept;
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  /// The value that the share `share`, 0 to 1, of all values does not exceed; 0 when there are none.
  [[nodiscard]] std::uint64_t percentile(double share) const noexcept;

 private:
  static constexpr unsigned kSubBits = 4;  ///< log2 of the buckets per power of two
  static constexpr std::size_t kBuckets = std::size_t{64 - kSubBits + 1} << kSubBits;

  /// Of a value with more than five significant bits only the first five decide.
  static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    const auto dropped =
        static_cast<std::uint64_t>(std::bit_width(value | (1U << kSubBits))) - (kSubBits + 1);
    return (dropped << kSubBits) + (value >> dropped);
  }
  /// The largest value of a bucket.
  static std::uint64_t last_of(std::size_t bucket) noexcept;

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace ixyflow
