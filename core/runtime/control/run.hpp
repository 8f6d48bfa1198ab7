#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/graph/pipeline.hpp"
#include "core/graph/plan.hpp"
#include "core/runtime/control/live_report.hpp"
#include "core/runtime/engine/run_options.hpp"
#include "core/runtime/engine/trace/trace_step.hpp"
#include "core/runtime/report/report.hpp"

namespace ixyflow {

struct RunState;

/// A pipeline at work. Created, started and finished by the control thread, which also owns it.
class Run {
 public:
  /// Allocates memory, opens ports, builds rings and workers; on an error everything is given back.
  static Result<std::unique_ptr<Run>> create(Pipeline pipeline, Plan plan, RunOptions options);
  ~Run();

  /// Starts one pinned thread per worker, and the ports; then gives up all rights that the run does not need,
  /// and begins, if all ports are ready.
  Result<void> start();
  /// Lets the workers begin with their rounds, once, when all ports are ready, three seconds have passed, or
  /// a stop is asked for; false: `timeout` has passed before. So clients can be answered meanwhile.
  bool begin(Duration timeout);
  /// Waits until the run has ended or `timeout` has passed; true when it has ended. Delivers lines of Print.
  /// Begins first, if need be.
  bool wait(Duration timeout);
  /// Sources stop; the rest drains for at most a second. Async-signal-safe; `reason` must be a literal.
  void request_stop(const char* reason) noexcept;

  /// Without threads, instead of `start` and `wait`: one round of every worker in turn; false when the run
  /// has ended. Deterministic on the simulated clock, which jumps to the next thing due when nothing moved,
  /// at most to `until`.
  bool step(Nanoseconds until);

  /// Consistent counters of every worker as of a round boundary; a worker that does not answer in 100 ms is
  /// marked stale.
  RunReport snapshot();
  [[nodiscard]] RunStatus status() const;
  // Live changes, by the control thread while the run goes on. Errors: usage (no such element, parameter or
  // resource, with the nearest name), refused (not live), no (a value or entry that is wrong), again (a
  // worker does not answer: nothing was changed, or it changes late and the error says so).

  /// Parameters of one element; of all elements when `element` is empty.
  [[nodiscard]] Result<std::vector<ParameterReport>> parameters(std::string_view element) const;
  /// Gives the live parameter "element.name" a new value in every copy of the element, at a round boundary.
  Result<ParameterChange> set_parameter(std::string_view name, const Value& value);
  /// Names of the resources.
  [[nodiscard]] std::vector<std::string> resources() const;
  /// Entries of a resource, as in the file.
  [[nodiscard]] Result<std::vector<std::string>> resource_entries(std::string_view resource) const;
  /// What elements show of themselves: "flows.top".
  [[nodiscard]] std::vector<std::string> views() const;
  /// The rows of a view, those of all copies, the largest first.
  [[nodiscard]] Result<std::vector<Value::Table>> view(std::string_view name) const;
  Result<void> add_entry(std::string_view resource, std::string_view entry);
  Result<void> remove_entry(std::string_view resource, std::string_view entry);

  /// Joins the workers, closes the ports, checks that every buffer came home. Once, after the end. A worker
  /// that does not end within 2 s is left behind with all that it uses, and marked stale: exit code internal.
  RunReport finish();
  /// After `finish`: the steps of the traced packets, in order.
  [[nodiscard]] const std::vector<TraceStep>& trace() const noexcept;
  /// After `finish`: the exit code that the run deserves.
  [[nodiscard]] ExitCode exit_code() const noexcept;

 private:
  explicit Run(std::unique_ptr<RunState> state);
  std::unique_ptr<RunState> state_;
};

}  // namespace ixyflow
