#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/frames.hpp"

namespace ixyflow::test {

/// The captures of tests/net/flows: 256 flows in each, that differ from each other in regular ways.
inline const std::vector<std::string> kFlowCaptures{"pair", "rtp", "corr", "v6pair", "normal"};

inline std::vector<Bytes> frames_of_flows(const std::string& name) {
  const auto capture = read_capture(source_path() / "tests" / "net" / "flows" / (name + ".pcap"));
  REQUIRE(capture.has_value());
  std::vector<Bytes> frames;
  for (const CapturedFrame& frame : capture->frames) frames.push_back(frame.bytes);
  REQUIRE(frames.size() == 256);
  return frames;
}

/// Random flows over eight places are not evener: the largest of the shares is at most 1.6 times their mean.
inline void check_even(const std::vector<std::uint64_t>& shares) {
  std::uint64_t sum = 0;
  std::uint64_t largest = 0;
  for (const std::uint64_t share : shares) {
    sum += share;
    largest = std::max(largest, share);
  }
  CAPTURE(shares);
  CHECK(sum == 256);
  CHECK(10 * largest * shares.size() <= 16 * sum);
}

}  // namespace ixyflow::test
