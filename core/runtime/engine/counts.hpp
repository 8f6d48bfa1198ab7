#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

/// What is counted while packets run. Whoever counts has one of these structs, a snapshot has a copy of it,
/// and a report is made from that copy: a number more is a member here, and the place where it is shown.
namespace ixyflow {

/// What a copy of an element counts beside its exits and the counters of its own.
struct ElementCounts {
  std::uint64_t in = 0;        ///< packets that arrived over edges
  std::uint64_t received = 0;  ///< from a port
  std::uint64_t created = 0;   ///< known in snapshots only: `Outputs` counts it, and `no_buffer`
  std::uint64_t held = 0;      ///< in its own hands; known in snapshots only
  std::uint64_t batches = 0;   ///< calls with at least one packet
  /// How often its core's pool lacked buffers: packets that could not be created, and, of an element that
  /// receives, polls that found too few buffers for what the port may have. No packet is lost by the latter
  /// here: it stays in the port, which counts what it loses then itself.
  std::uint64_t no_buffer = 0;
  std::uint64_t stopped = 0;  ///< dropped because the run was stopped
};

/// What a worker counts.
struct WorkerCounts {
  std::uint64_t rounds = 0;
  std::uint64_t useful_rounds = 0;  ///< that moved a packet
  std::uint64_t elapsed = 0;        ///< ticks that it has run, known in snapshots only; 0: nobody timed it
};

/// What the producer of a ring counts.
struct RingInput {
  std::uint64_t packets = 0;  ///< that went in
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;      ///< that found it full
  std::uint64_t full_events = 0;  ///< times that it became too full for the next burst
};

/// What the consumer of a ring counts.
struct RingOutput {
  std::uint64_t taken = 0;    ///< packets that came out
  std::uint64_t stopped = 0;  ///< of these, dropped because the run was stopped and did not drain in time
  std::uint64_t finds = 0;    ///< looks that found packets
  std::uint64_t found = 0;    ///< packets in it at these looks, summed up
  std::uint64_t peak = 0;     ///< the most that a look found
};

/// Adds up counts of several copies, number by number.
template <class Counts>
void add_counts(Counts& sum, const Counts& more) noexcept {
  using Numbers = std::array<std::uint64_t, sizeof(Counts) / sizeof(std::uint64_t)>;
  auto numbers = std::bit_cast<Numbers>(sum);
  const auto others = std::bit_cast<Numbers>(more);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += others[i];
  sum = std::bit_cast<Counts>(numbers);
}

}  // namespace ixyflow
