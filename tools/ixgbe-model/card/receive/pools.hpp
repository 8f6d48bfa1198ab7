#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/receive/filters.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// Pools, one bit for each of 64.
using PoolSet = std::uint64_t;

/// Virtual Machine Device queues (VMDq, 7.10.3): queues in up to 64 pools, and which of them a frame is for,
/// by its destination address and VLAN. Broadcasts and multicasts are replicated. Model thread only.
class Pools {
 public:
  Pools(RegisterFile& file, const Filters& filters);

  /// Whether VT_CTL splits the queues into pools.
  [[nodiscard]] bool on() const noexcept;

  /// The pools of a frame that has passed the filters of the whole card (7.10.3.3); 0: it is dropped.
  [[nodiscard]] PoolSet receivers(std::span<const std::byte> frame, const FrameInfo& info) const noexcept;

  /// Whether what the driver sends may come to another pool (PFDTXGSWC).
  [[nodiscard]] bool loops_back() const noexcept;
  /// Where a frame goes that the driver sends, while that may be another pool (7.10.3.4).
  struct Switched {
    PoolSet pools = 0;  ///< that get it from inside of the card
    bool wire = true;
  };
  /// `queue`: the transmit queue that it was sent from, whose own pool does not get it back.
  [[nodiscard]] Switched switched(std::span<const std::byte> frame, const FrameInfo& info,
                                  std::uint32_t queue) const noexcept;

 private:
  [[nodiscard]] PoolSet asked_for(std::uint32_t mode_bit) const noexcept;
  [[nodiscard]] PoolSet by_address(std::span<const std::byte> frame) const noexcept;
  [[nodiscard]] PoolSet by_vlan(const FrameInfo& info) const noexcept;
  [[nodiscard]] PoolSet enabled() const noexcept;
  [[nodiscard]] PoolSet default_pool() const noexcept;

  RegisterFile& file_;
  const Filters& filters_;
};

}  // namespace ixyflow::model
