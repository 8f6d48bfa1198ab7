#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The layer 2 filters, which decide whether a frame is taken at all (7.1.1): receive addresses (RAL, RAH),
/// the hash tables of multicast and unicast addresses (MTA, UTA), VLANs (VFTA) and promiscuous modes (FCTRL).
/// Model thread only.
class Filters {
 public:
  explicit Filters(RegisterFile& file);

  /// After power-on or a reset: the first address is the one of the EEPROM, all others are off.
  void reset(std::span<const std::uint8_t, 6> mac) noexcept;

  struct Verdict {
    bool passed = false;
    bool inexact = false;  ///< only by a hash table (descriptor bit PIF)
  };
  [[nodiscard]] Verdict judge(std::span<const std::byte> frame, const FrameInfo& info) const noexcept;

  /// The pools of the receive addresses that match (MPSAR), one bit for each.
  [[nodiscard]] std::uint64_t pools_of_address(std::span<const std::byte> frame) const noexcept;
  /// Whether the table, MTA or UTA, has the frame's address.
  [[nodiscard]] bool in_table(std::span<const std::byte> frame, reg::Range table) const noexcept;

 private:
  template <typename Visit>
  void visit_matches(std::span<const std::byte> frame, Visit visit) const noexcept;
  [[nodiscard]] bool matches_address(std::span<const std::byte> frame) const noexcept;
  [[nodiscard]] Verdict by_table(std::span<const std::byte> frame, reg::Range table) const noexcept;
  [[nodiscard]] bool passes_vlan(const FrameInfo& info) const noexcept;
  [[nodiscard]] Verdict judge_address(std::span<const std::byte> frame) const noexcept;

  RegisterFile& file_;
};

}  // namespace ixyflow::model
