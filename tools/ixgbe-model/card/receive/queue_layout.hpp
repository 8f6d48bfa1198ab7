#pragma once

#include <cstdint>

namespace ixyflow::model {

/// How MRQC.MRQE (8.2.3.7.12) divides the 128 receive queues: into pools, into traffic classes of Data Center
/// Bridging, both, or not at all, and whether the hash of RSS chooses among those that are left.
struct QueueLayout {
  std::uint32_t pool_queues = 0;   ///< queues of a pool; 0: there are none
  std::uint32_t class_queues = 0;  ///< queues of a traffic class; 0: there are none
  std::uint32_t hashed = 0;        ///< queues that the hash chooses from; 0: it is not asked
};

constexpr QueueLayout layout_of(std::uint32_t mrqc) noexcept {
  constexpr QueueLayout kLayouts[16] = {
      {},        {0, 0, 16}, {0, 16, 0}, {0, 32, 0}, {0, 16, 16}, {0, 32, 16}, {}, {},
      {2, 0, 0}, {},         {4, 0, 4},  {2, 0, 2},  {8, 1, 0},   {4, 1, 0},   {}, {},
  };
  return kLayouts[mrqc & 0xF];
}

}  // namespace ixyflow::model
