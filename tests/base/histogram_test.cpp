#include "core/base/statistics/histogram.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <vector>

using namespace ixyflow;

namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

/// The smallest of the sorted values that the share of all of them does not exceed.
std::uint64_t exact(const std::vector<std::uint64_t>& sorted, double share) {
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(rank) - 1];
}

}  // namespace

TEST_CASE("an empty histogram says 0") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.sum() == 0);
  CHECK(histogram.max() == 0);
  CHECK(histogram.percentile(0.5) == 0);
  CHECK(histogram.percentile(1) == 0);
}

TEST_CASE("values below 32 are kept exactly") {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 32; ++value) histogram.add(value);
  for (std::uint64_t value = 0; value < 32; ++value) {
    CAPTURE(value);
    CHECK(histogram.percentile(static_cast<double>(value + 1) / 32) == value);
  }
}

TEST_CASE("one value is known to a sixteenth, whatever its size, and the largest exactly") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    Histogram histogram;
    histogram.add(value);
    histogram.add(kLargest);
    CAPTURE(value);
    const std::uint64_t shown = histogram.percentile(0.5);
    CHECK(shown >= value);
    CHECK(shown - value <= value / 16);
    CHECK(histogram.percentile(1) == kLargest);
  }
}

TEST_CASE("percentiles are at most a sixteenth above the exact ones, and never below") {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> delays(9, 2);
  Histogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 100'000; ++i) {
    values.push_back(static_cast<std::uint64_t>(delays(random)));
    histogram.add(values.back());
  }
  std::ranges::sort(values);
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CAPTURE(share);
    const std::uint64_t right = exact(values, share);
    CHECK(histogram.percentile(share) >= right);
    CHECK(histogram.percentile(share) <= right + right / 16);
  }
  CHECK(histogram.max() == values.back());
  CHECK(histogram.count() == values.size());
}

TEST_CASE("no percentile is above the maximum") {
  Histogram histogram;
  histogram.add(1000);
  CHECK(histogram.percentile(0.5) == 1000);
  CHECK(histogram.percentile(1) == 1000);
}

TEST_CASE("two histograms merged are one with the values of both") {
  Histogram one;
  Histogram other;
  Histogram both;
  for (std::uint64_t value = 1; value < 1'000'000; value *= 3) {
    one.add(value);
    other.add(value + 5);
    both.add(value);
    both.add(value + 5);
  }
  one.merge(other);
  CHECK(one.count() == both.count());
  CHECK(one.sum() == both.sum());
  CHECK(one.max() == both.max());
  for (const double share : {0.1, 0.5, 0.9}) CHECK(one.percentile(share) == both.percentile(share));
}
