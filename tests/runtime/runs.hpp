#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/config/load.hpp"
#include "core/graph/plan.hpp"
#include "core/runtime/run.hpp"

/// Pipelines for the runtime's tests: given as text, over ports of memory that can misbehave on purpose.
namespace ixyflow::test {

/// What a memory port is told to do and what it saw. Outlives the port, which belongs to the run.
struct PortScript {
  std::uint32_t send = 0;  ///< packets to hand out, numbered from 0 in their first 4 bytes
  bool can_wait = true;
  std::uint32_t frame_length = 64;
  std::atomic<std::uint32_t> transmit_room = ~0U;  ///< packets that tx takes per round
  std::uint32_t hoard = 0;                         ///< packets that tx keeps back before it frees any
  std::function<void()> on_transmit;               ///< called on the worker for every burst

  std::vector<std::uint32_t> seen;  ///< numbers of the packets that were transmitted, in order
  std::uint32_t sent = 0;
};

/// A port that follows the script.
std::unique_ptr<Port> scripted_port(PortScript& script);

/// A machine of `cpus` CPUs, which need not be there: for runs that do not pin.
Machine machine_of(int cpus);

/// Makes the pipeline of `toml` over scripted ports, planned for two CPUs. Throws std::runtime_error with the
/// diagnostics when it is refused.
std::unique_ptr<Run> make_run(const std::string& toml, std::map<std::string, PortScript*> ports,
                              RunOptions options = {});

/// Steps without threads on the simulated clock until the end, or for at most `until`.
RunReport run_stepped(const std::string& toml, std::map<std::string, PortScript*> ports,
                      Nanoseconds until = 0);
/// With a thread per core, waiting for the end.
RunReport run_threaded(const std::string& toml, std::map<std::string, PortScript*> ports);

/// Fails the test when the ledger does not balance, something is held, or a buffer is missing.
void check_conserved(const RunReport& report);

const ElementReport& element(const RunReport& report, const std::string& name);
/// Packets that left `element` by `exit`; 0 when it has no such exit.
std::uint64_t left_by(const RunReport& report, const std::string& element, const std::string& exit);

/// 0, 1, 2, … `count` numbers.
std::vector<std::uint32_t> numbers(std::uint32_t count);

}  // namespace ixyflow::test
