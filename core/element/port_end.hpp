#pragma once

#include <cstdint>

#include "core/element/outputs.hpp"

namespace ixyflow {

/// What FromDevice and ToDevice, the ends of a pipeline, say of packets that come from a port or go to one.
/// No other element needs it: packets that an element makes come from Outputs::create.
class Outputs::PortEnd {
 public:
  explicit PortEnd(Outputs& outputs) noexcept : outputs_(outputs) {}

  /// `count` packets came in: they are in the element's hands now.
  void received(std::uint32_t count) noexcept { outputs_.received(count); }

  /// `packets` packets of `bytes` bytes in all left by `exit`: the port took them, and they are its own now.
  void sent(PortIndex exit, std::uint64_t packets, std::uint64_t bytes) noexcept {
    outputs_.exits_[exit].packets += packets;
    outputs_.exits_[exit].bytes += bytes;
  }

 private:
  Outputs& outputs_;
};

}  // namespace ixyflow
