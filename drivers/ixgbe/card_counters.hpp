#pragma once

#include <cstdint>

#include "core/base/statistics/counter.hpp"
#include "drivers/ixgbe/device.hpp"

namespace ixyflow::drivers::ixgbe {

/// What the card counts itself (data sheet 8.2.3.23), since the run began. Its registers have 32 or 36 bits
/// and are cleared by reading; they are read often enough (ASSUMPTION REGISTERS) that none ever wraps (the
/// fastest needs 288 s), by the control thread alone.
struct CardCounters {
  SharedCounter good_received;        ///< frames, by the card's word
  SharedCounter good_received_bytes;  ///< with FCS
  SharedCounter good_transmitted;
  SharedCounter good_transmitted_bytes;  ///< with FCS

  SharedCounter missed;         ///< no room in the card
  SharedCounter no_descriptor;  ///< the receive queue had none left
  SharedCounter crc_errors;
  SharedCounter illegal_bytes;
  SharedCounter length_errors;  ///< 802.3 length field and frame differ
  SharedCounter undersize;      ///< undersize and fragments
  SharedCounter oversize;       ///< longer than packet_size, and jabber
  SharedCounter pause_received;

  SharedCounter link_losses;
  SharedCounter resets;

  /// Reads all registers and adds them.
  void read(Device& device, unsigned receive_queues);
};

}  // namespace ixyflow::drivers::ixgbe
