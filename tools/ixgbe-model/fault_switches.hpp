#pragma once

#include <cstdint>

namespace ixyflow::model {

/// What is made to go wrong at present; set by Faults, looked at where it happens. All off: the card as it
/// should be.
struct FaultSwitches {
  // Registers
  bool gone = false;                  ///< every register reads 0xFFFFFFFF, nothing is written, nothing moves
  bool reset_never_ends = false;      ///< CTRL.RST stays set
  bool auto_read_never_ends = false;  ///< EEC.AUTO_RD stays clear
  bool dma_init_never_ends = false;   ///< RDRXCTL.DMAIDONE stays clear
  // Receive: applied to the next descriptors, `count` of them or for ever
  struct Write {
    std::uint32_t left = 0;  ///< how many descriptors; ~0: all
    std::uint32_t value = 0;
    /// Whether it applies to this one; counts down.
    bool take() noexcept {
      if (left == 0) return false;
      if (left != ~0U) --left;
      return true;
    }
  };
  Write rx_length;       ///< the length that is written
  Write rx_errors;       ///< error bits of the descriptor's last word (bits 31:20) that are added
  Write rx_no_end;       ///< EOP is left out
  Write rx_later;        ///< DD goes to the descriptor after the next one first
  Write rx_again;        ///< DD is written once more to a descriptor that was done already
  Write rx_no_l4;        ///< UDP without a checksum is reported as wrong (an erratum)
  bool runts = false;    ///< frames of less than 60 bytes come as they are, instead of padded by the sender
  bool tx_hang = false;  ///< nothing is sent, TDH stands still
  bool write_head_nonsense = false;  ///< head write-back writes 0xFFFFFFF0
};

}  // namespace ixyflow::model
