#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/load.hpp"
#include "core/graph/plan.hpp"
#include "core/runtime/control/run.hpp"

/// Pipelines for the runtime's tests: given as text, over ports of memory that can misbehave on purpose.
namespace ixyflow::test {

/// What a memory port is told to do and what it saw. Outlives the port, which belongs to the run.
struct PortScript {
  std::uint32_t send = 0;  ///< packets to hand out, numbered from 0 in their first 4 bytes
  bool can_wait = true;
  std::uint32_t burst = ~0U;  ///< the most that rx hands out at once
  std::uint32_t frame_length = 64;
  std::atomic<std::uint32_t> transmit_room = ~0U;  ///< packets that tx takes per round
  std::uint32_t largest_room = ~0U;                ///< packets that tx takes when it is empty
  std::uint32_t hoard = 0;                         ///< packets that tx keeps back before it frees any
  bool declares_hoard = true;                      ///< so that the pool has buffers for these
  std::uint16_t transmit_queues = 1;               ///< the most that it can have
  std::uint32_t (*number_of)(const Packet&) = first_bytes;
  std::function<void(Packet&, std::uint32_t number)> fill;  ///< what to hand out instead of the number
  std::function<void()> on_receive;                         ///< called on the worker for every burst
  std::function<void()> on_transmit;                        ///< the same
  /// Called with the name of each step in a port's life, on the thread that makes it: "open", "use_memory",
  /// "attach", "start", "supervise", "stop", "detach", "close".
  std::function<void(std::string_view)> on_step;
  std::atomic<bool> ready = true;  ///< as the port says when it is asked
  bool refuses_start = false;
  std::string event;  ///< what supervise tells, once

  std::vector<std::uint32_t> seen;  ///< numbers of the packets that were transmitted, in order
  std::vector<std::vector<std::uint32_t>> seen_by_queue;  ///< instead, with several transmit queues
  std::atomic<std::uint32_t> sent = 0;
  std::atomic<std::uint32_t> transmitted = 0;

  /// The number that this port's rx wrote.
  static std::uint32_t first_bytes(const Packet& packet);
  /// The number that a generator writes into its packets of 64 bytes.
  static std::uint32_t generated(const Packet& packet);
};

/// A port that follows the script.
std::unique_ptr<Port> scripted_port(PortScript& script);

/// A machine of `cpus` CPUs, which need not be there: for runs that do not pin.
Machine machine_of(int cpus);

/// Makes the pipeline of `toml` over scripted ports, planned for as many CPUs as it wants. Throws
/// std::runtime_error with the diagnostics when it is refused.
std::unique_ptr<Run> make_run(const std::string& toml, std::map<std::string, PortScript*> ports,
                              RunOptions options = {});

/// The beginning of a pipeline in TOML: `in`, which receives from port a, and `out`, which transmits to port
/// b; on the cores of these names, which the caller declares.
std::string in_and_out(const std::string& core_of_in = "", const std::string& core_of_out = "");

/// in (core first, port a) =ring=> out (core second, port b).
std::string two_cores(const std::string& idle = "spin");

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
