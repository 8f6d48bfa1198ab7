#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "core/base/api.hpp"
#include "core/base/diagnostics.hpp"
#include "core/base/statistics/counter.hpp"
#include "core/base/values/value.hpp"
#include "core/element/outputs.hpp"
#include "core/element/port_index.hpp"
#include "core/element/timer.hpp"

namespace ixyflow {

/// What an element may ask while it is configured: its own wiring, and a place to report mistakes.
struct IXYFLOW_API Configuration {
  Diagnostics& diagnostics;
  const Value::Table& parameters;  ///< as they stand in the file
  SourceRange where;               ///< of the element itself
  std::string owner;               ///< "element 'fw' (type Filter)"
  PortIndex inputs = 0;
  PortIndex outputs = 0;     ///< declared, named by a parameter, or as wired
  std::uint64_t seed = 0;    ///< of this copy, from [pipeline] seed, for whoever needs chance
  std::uint32_t copy = 0;    ///< which copy this is of those on a core with a count
  std::uint32_t copies = 1;  ///< how many there are; 1 also while a file is only checked
  BufferLayout buffers;      ///< of all packets of the run: the most that one can hold, and grow to
  /// Everything that comes here is fetched when there is room for it (a file, not a network card): who is
  /// slow, or waits for somebody, holds up the sources and loses nothing.
  bool sources_wait = false;

  /// Which copy gets the packets that have this flow hash, where they are dealt out by it: for elements that
  /// declare `translates`, which choose addresses and ports so that replies come back to the same copy.
  [[nodiscard]] std::uint32_t copy_of(std::uint32_t flow_hash) const noexcept;

  /// Reports a mistake in the value of `parameter`, at its place in the file (at the element when the file
  /// does not give it): "element 'fw' (type Filter): TEXT". With no parameter ("") the mistake is the
  /// element's, and the text goes on from its name: "element 'fw' (type Filter) has no output wired".
  void error(std::string_view parameter, std::string_view text, std::string hint = {});
  /// The same for what is odd but allowed.
  void warning(std::string_view parameter, std::string_view text, std::string hint = {});
  /// The same for one item of a list or table, which stands at `place`.
  void error_at(SourceRange place, std::string_view text, std::string hint = {});
};

/// A step of a pipeline. Derive from PacketElement and write `handle` for one packet; derive from this to
/// work on whole batches. Every instance lives on exactly one core.
///
/// Life cycle: construct -> parameters set -> configure (control thread) -> prepare (on its worker) ->
/// process, poll, tick -> flush -> destroy.
///
/// `process`, `poll` and `tick` allocate nothing, log nothing, lock nothing and make no system call (ports
/// that are system calls by nature aside).
class IXYFLOW_API Element {
 public:
  virtual ~Element() = default;

  /// Checks what the parameters' types could not and computes what the packet path needs. Control thread;
  /// touches neither files to write nor devices, because `ixyflow check` calls it too.
  virtual void configure(Configuration& /*configuration*/) {}

  /// On its worker, before the first packet: allocate memory here, so that it lies on the right node.
  virtual void prepare(Outputs& /*outputs*/) {}

  /// Takes in a batch, which holds at least one packet. Every packet ends in exactly one output, drop,
  /// consumption, or is held.
  virtual void process(PortIndex /*input*/, Batch& /*batch*/, Outputs& /*outputs*/) noexcept {}

  /// Gives out packets: at most outputs.burst(). Called once per round while what it reaches has room.
  virtual void poll(Outputs& /*outputs*/) noexcept {}

  /// Of elements that poll: nothing more will come unless `process` brings it.
  [[nodiscard]] virtual bool exhausted() const noexcept { return held() == 0; }

  /// Of elements that poll: when there will be something to give out, 0 when there is now; kNever if unknown.
  /// The run does not end before, a worker sleeps no longer, and a clock that jumps jumps there.
  [[nodiscard]] virtual Nanoseconds next_due() const noexcept { return Timer::kNever; }

  /// Live parameters were changed: computes what depends on them anew. Between two rounds, on its worker (on
  /// the control thread while no worker runs, which may be before `prepare`). Allocates nothing.
  virtual void update() noexcept {}

  /// A timer of this element is due.
  virtual void tick(Timer& /*timer*/, Outputs& /*outputs*/) noexcept {}

  /// All sources have ended, and the element will not give out by itself what it holds (`next_due` is
  /// kNever), or the run is given up: gives out what it holds, whatever it waits for, as far as there is
  /// room; of elements that poll at most outputs.burst(). Called again until held() is 0.
  virtual void flush(Outputs& /*outputs*/) noexcept {}

  /// Of elements that hold packets: how many it takes in by `input` now without dropping any for want of
  /// room. Back-pressure: a source that can wait is not polled before there is room for all that it may send
  /// here, and never for more at once than an empty element takes. So an empty element must always have as
  /// much room as it has after `configure`, and what it holds must leave without more coming in by `input`.
  /// Asked between calls, on its worker; before `prepare` also by the control thread.
  [[nodiscard]] virtual std::uint32_t room(PortIndex /*input*/) const noexcept { return kUnlimited; }
  static constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

  /// Packets in the element's own hands now.
  [[nodiscard]] virtual std::uint64_t held() const noexcept { return 0; }
  /// The most packets that it can hold, known after `configure`: the pools are computed from it.
  [[nodiscard]] virtual std::uint32_t capacity() const noexcept { return 0; }
  /// The most packets that one packet going in makes come out by any one output, known after `configure`:
  /// back-pressure is computed from it.
  [[nodiscard]] virtual std::uint32_t amplification() const noexcept { return 1; }
};

}  // namespace ixyflow
