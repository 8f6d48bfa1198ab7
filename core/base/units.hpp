#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/api.hpp"

namespace ixyflow {

/// Nanoseconds; of a clock, since its epoch; of a difference, plain.
using Nanoseconds = std::int64_t;

/// A stretch of time, written with its unit: "250us", "2ms", "10s", "1h". 0 or more.
struct Duration {
  Nanoseconds ns = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

/// How fast: packets or bits per second, written "1.5Mpps", "10Gbit/s"; bits are counted over frame bytes
/// without FCS. 0 stands for "no limit"; as a parameter it is refused.
struct Rate {
  enum class Unit : std::uint8_t { packets, bits };
  double per_second = 0;
  Unit unit = Unit::packets;
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// A size of memory: plain bytes, or "64KiB", "2MiB", "1GiB".
struct ByteSize {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const ByteSize&, const ByteSize&) = default;
};

/// How probable something is, 0 (never) to 1 (always).
struct Probability {
  double value = 0;
  friend bool operator==(const Probability&, const Probability&) = default;
};

IXYFLOW_API std::optional<Duration> parse_duration(std::string_view text);
IXYFLOW_API std::optional<Rate> parse_rate(std::string_view text);
IXYFLOW_API std::optional<ByteSize> parse_byte_size(std::string_view text);

IXYFLOW_API std::string show(Duration duration);
IXYFLOW_API std::string show(Rate rate);
IXYFLOW_API std::string show(ByteSize size);

}  // namespace ixyflow
