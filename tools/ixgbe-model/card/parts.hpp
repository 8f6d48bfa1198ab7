#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tools/ixgbe-model/card/bus/device.hpp"
#include "tools/ixgbe-model/card/bus/guest_memory.hpp"
#include "tools/ixgbe-model/card/bus/interrupts.hpp"
#include "tools/ixgbe-model/card/control/control.hpp"
#include "tools/ixgbe-model/card/control/eeprom.hpp"
#include "tools/ixgbe-model/card/control/fault_switches.hpp"
#include "tools/ixgbe-model/card/control/interrupt_unit.hpp"
#include "tools/ixgbe-model/card/control/statistics.hpp"
#include "tools/ixgbe-model/card/control/system_time.hpp"
#include "tools/ixgbe-model/card/link/flow_control.hpp"
#include "tools/ixgbe-model/card/link/link.hpp"
#include "tools/ixgbe-model/card/link/sfp_module.hpp"
#include "tools/ixgbe-model/card/receive/receive.hpp"
#include "tools/ixgbe-model/card/registers/plain_registers.hpp"
#include "tools/ixgbe-model/card/registers/unserved.hpp"
#include "tools/ixgbe-model/card/transmit/transmit.hpp"
#include "tools/ixgbe-model/wire/wire.hpp"

namespace ixyflow::model {

/// All that a card is made of, for what looks at the whole of it. In the order in which they are made: plain
/// registers first, so that those with a behaviour take precedence.
struct Parts {
  Parts(const DeviceOptions& options, std::span<std::byte> registers, GuestMemory& driver, Interrupts& lines,
        Wire& cable, DeviceReset& device, Egress& egress)
      : wire(cable),
        file(registers),
        plain(file),
        interrupts(file, lines),
        statistics(file, options.map_queues),
        control(file, faults, device),
        time(file),
        eeprom(file, options.mac, options.device_id),
        link(file, interrupts, cable),
        module(file),
        flow_control(file, statistics),
        receive(options.map_queues, file, driver, statistics, interrupts, time, faults),
        transmit(options.map_queues, file, driver, statistics, interrupts, time, faults, egress) {}

  Wire& wire;
  FaultSwitches faults;
  RegisterFile file;
  PlainRegisters plain;
  UnservedWatch unserved;
  InterruptUnit interrupts;
  Statistics statistics;
  Control control;
  SystemTime time;
  Eeprom eeprom;
  Link link;
  SfpModule module;
  FlowControl flow_control;
  Receive receive;
  Transmit transmit;
  std::uint64_t lost_on_wire = 0;
};

/// "key value" lines: Card::status.
[[nodiscard]] std::string describe(const Parts& parts);

}  // namespace ixyflow::model
