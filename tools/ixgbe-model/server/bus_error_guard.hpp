#pragma once

#include <csignal>

namespace ixyflow::model {

/// While it lives, a driver that shortens a file which it has mapped for DMA does not end the process: what
/// is missing reads as all ones, and GuestMemoryMap::vanished tells. Any other SIGBUS goes to whoever handled
/// it before, with a line on stderr. One at a time in a process; more do no harm.
class BusErrorGuard {
 public:
  BusErrorGuard();
  ~BusErrorGuard();
  BusErrorGuard(const BusErrorGuard&) = delete;
  BusErrorGuard& operator=(const BusErrorGuard&) = delete;
};

}  // namespace ixyflow::model
