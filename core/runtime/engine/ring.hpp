#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cache_line.hpp"
#include "core/graph/pipeline.hpp"
#include "core/packet/packet.hpp"
#include "core/runtime/engine/counts.hpp"

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

  alignas(kCacheLine) RingInput in;    ///< statistics that the producer writes
  alignas(kCacheLine) RingOutput out;  ///< that the consumer writes

 private:
  struct Queue;
  // Read by both sides, so apart from what either of them writes.
  alignas(kCacheLine) std::unique_ptr<Queue> queue_;
  std::uint32_t length_;
  FullPolicy full_;
};

}  // namespace ixyflow
