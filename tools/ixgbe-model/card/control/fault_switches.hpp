#pragma once

#include <cstdint>

namespace ixyflow::model {

/// What is made to go wrong at present; set by the room `fault`, looked at where it happens. All off: the
/// card as it should be.
struct FaultSwitches {
  static constexpr std::uint32_t kForEver = ~0U;

  /// Something that happens to the next `left` descriptors.
  struct Next {
    std::uint32_t left = 0;
    std::uint32_t value = 0;

    /// Whether it happens to this one; counts down.
    bool take() noexcept {
      if (left == 0) return false;
      if (left != kForEver) --left;
      return true;
    }
  };

  /// Whether an access to a register by message meets a card that is not there; counts accesses.
  bool read_finds_nothing() noexcept {
    if (gone_reads == 0) return write_finds_nothing();
    --gone_reads;
    return true;
  }
  bool write_finds_nothing() noexcept {
    if (gone_after != 0 && --gone_after == 0) gone = true;
    return gone;
  }

  // The device itself
  bool gone = false;                  ///< every register reads 0xFFFFFFFF, nothing is written, nothing moves
  std::uint32_t gone_reads = 0;       ///< so many reads more find it gone
  std::uint64_t gone_after = 0;       ///< accesses until it is gone; 0: not counted
  bool reset_never_ends = false;      ///< CTRL.RST stays set
  bool auto_read_never_ends = false;  ///< EEC.AUTO_RD stays clear
  bool dma_init_never_ends = false;   ///< RDRXCTL.DMAIDONE stays clear

  // Receive
  Next rx_length;            ///< `value` is written as the length
  Next rx_errors;            ///< the status and error bits of `value` are added (advanced format)
  Next rx_no_end;            ///< EOP is left out
  Next rx_reorder;           ///< the descriptor is done a millisecond later than those behind it
  Next rx_repeat;            ///< the descriptor is done once more a millisecond later
  bool rx_zero_udp = false;  ///< UDP without a checksum is reported as wrong: an erratum of the card
  bool late_write = false;   ///< a queue that stops is written to 100 ms later
  bool runts = false;  ///< frames of less than 60 bytes come as they are, instead of padded by the sender

  // Transmit
  bool tx_hang = false;        ///< nothing is sent, TDH stands still
  bool head_nonsense = false;  ///< head write-back writes an index outside of every ring
};

}  // namespace ixyflow::model
