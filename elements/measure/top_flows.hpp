#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/net/flow/flow_key.hpp"

namespace ixyflow::elements {

/// The flows with most bytes, of those that were offered: a heap of fixed size with the smallest on top.
class TopFlows {
 public:
  static constexpr std::uint32_t kMost = 100;
  struct Flow {
    FlowKey key;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };

  /// Keeps at most `most` flows, which is at least 1, from now on, and forgets all.
  void reset(std::uint32_t most) noexcept {
    most_ = std::min(most, kMost);
    size_ = 0;
  }
  void offer(const FlowKey& key, std::uint64_t packets, std::uint64_t bytes) noexcept {
    if (size_ == most_) {
      if (bytes <= flows_[0].bytes) [[likely]]
        return;
      std::pop_heap(flows_.begin(), flows_.begin() + size_--, more_bytes);
    }
    flows_[size_++] = {key, packets, bytes};
    std::push_heap(flows_.begin(), flows_.begin() + size_, more_bytes);
  }
  /// In no order.
  [[nodiscard]] std::span<const Flow> flows() const noexcept { return std::span(flows_).first(size_); }

 private:
  static bool more_bytes(const Flow& a, const Flow& b) noexcept { return a.bytes > b.bytes; }

  std::array<Flow, kMost> flows_{};
  std::uint32_t most_ = 1;
  std::uint32_t size_ = 0;
};

}  // namespace ixyflow::elements
