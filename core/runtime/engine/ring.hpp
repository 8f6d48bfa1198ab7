#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cache_line.hpp"
#include "core/graph/pipeline.hpp"
#include "core/packet/packet.hpp"

namespace ixyflow {

/// An edge between two cores (or one that closes a cycle on a core): packets in order, one producer, one
/// consumer, always moved in bulk, because one at a time costs four times as much.
class Ring {
 public:
  /// Room for `length` packets, in memory of NUMA node `node`: the consumer's (-1: anywhere). May throw
  /// std::bad_alloc.
  Ring(std::uint32_t length, FullPolicy full, int node = -1);
  ~Ring();

  /// Appends the first n packets, which it returns: fewer than given when the ring is full. Producer only.
  std::uint32_t push(std::span<Packet* const> packets) noexcept;
  /// Packets that fit now, and maybe more a moment later. Producer only.
  [[nodiscard]] std::uint32_t room() const noexcept;

  /// Takes out up to packets.size() packets. Consumer only.
  std::uint32_t pop(std::span<Packet*> packets) noexcept;

  [[nodiscard]] std::uint32_t length() const noexcept { return length_; }
  [[nodiscard]] FullPolicy full() const noexcept { return full_; }

  // Statistics; each has one writer, on the side where it stands.
  alignas(kCacheLine) std::uint64_t pushed = 0;  ///< producer: packets that went in
  std::uint64_t pushed_bytes = 0;
  std::uint64_t dropped = 0;                    ///< that found it full
  std::uint64_t full_events = 0;                ///< times that it became too full for the next burst
  alignas(kCacheLine) std::uint64_t taken = 0;  ///< consumer: that came out
  std::uint64_t stopped = 0;                    ///< of these, dropped at a stop
  std::uint64_t finds = 0;                      ///< looks that found packets
  std::uint64_t found = 0;                      ///< packets in it at these looks, summed up
  std::uint64_t peak = 0;                       ///< the most that a look found

 private:
  struct Queue;
  // Read by both sides, so apart from what either of them writes.
  alignas(kCacheLine) std::unique_ptr<Queue> queue_;
  std::uint32_t length_;
  FullPolicy full_;
};

}  // namespace ixyflow
