#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "core/base/messages/log.hpp"
#include "core/base/messages/standard_error.hpp"
#include "core/os/guardian/guardian.hpp"
#include "core/runtime/control/run.hpp"
#include "core/runtime/engine/failpoint.hpp"
#include "core/sandbox/capabilities.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/appointment.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/commands/other_runs.hpp"
#include "tools/ixyflow/commands/verbose.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"
#include "tools/ixyflow/process/stop_signals.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/status_line.hpp"
#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/views/rates.hpp"
#include "tools/ixyflow/views/state_dump.hpp"
#include "tools/ixyflow/views/summary.hpp"
#include "tools/ixyflow/views/trace_view.hpp"

namespace ixyflow::tools {
namespace {

class RunCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "run"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::pipelines, 1}; }
  [[nodiscard]] std::string_view summary() const override { return "run a pipeline on pinned cores"; }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow run pipelines/rewrite.toml --swap lan=pcap:,out.pcap --stats 1s";
  }

  void declare(CommandLine& line) override {
    declare_source(line, source_);
    declare_load_options(line, load_);
    line.value("--for", "TIME", take_duration(duration_), "stop after this time, for example 10s");
    line.value("--stats", "TIME", take_duration(stats_),
               "a line with rates on the standard error every so often");
    line.value("--trace", "N", take_number(trace_, 1, 65535), "show the first N packets element by element");
    line.flag("--oversubscribe", plan_.oversubscribe, "allow more workers than there are cores");
    line.choice("--format", format_, {"text", "json"}, "of the summary (default text)");
    declare_instance_options(line, choice_);
    line.flag("--no-control", no_control_, "without a control socket");
    line.flag("--no-sandbox", no_sandbox_,
              "keep all rights while it runs, for debuggers and plugins that need them");
  }

  ExitCode run(Console& console) override {
    // It writes to a descriptor that is open, and needs no right for that.
    const StandardErrorThread standard_error([] { keep_capabilities(0); });
    auto reading = load_pipeline(source_, load_, console);
    if (!reading) return reading.error();
    if (auto left = leave_output_to_ports(*reading->pipeline, console); !left) return left.error();
    auto machine = load_machine("", console);
    if (!machine) return machine.error();
    mark_cpus_of(other_runs(), *machine);
    if (auto surveyed = survey_ports(*reading->pipeline, console); !surveyed) return surveyed.error();
    auto plan = plan_pipeline(*reading, *machine, plan_, console);
    if (!plan) return plan.error();
    for (const auto& warning : plan->warnings) console.warning(warning);
    tell_plan(*reading->pipeline, *plan);

    // First, so that a signal at any moment leaves no socket behind.
    StopSignals signals;
    // Before there is anything that a killed run would leave behind.
    const Guardian guardian;
    // Before ports are opened, so that a second instance touches nothing; gone after they are closed.
    std::unique_ptr<ControlServer> server;
    if (!no_control_) {
      auto opened = open_server(choice_, instance_of(*reading), reading->file->path);
      if (!opened) return console.failed(opened.error());
      if (!opened->warning.empty()) console.warning(opened->warning);
      server = std::move(opened->server);
      if (server != nullptr) log(LogLevel::info, fmt::format("control socket: '{}'", server->path()));
    }
    failpoint("control-open");
    StatusLine status(console);
    auto run = Run::create(std::move(*reading->pipeline), std::move(*plan),
                           run_options(server.get(), status, console));
    if (!run) return console.failed(run.error());
    return supervise(**run, signals, server.get(), status, console);
  }

 private:
  /// What the instance is called where the user does not say. One line may run beside another one.
  [[nodiscard]] std::string instance_of(const Reading& reading) const {
    const std::string& name = reading.pipeline->settings.name;
    return source_.line ? fmt::format("{}-{}", name, ::getpid()) : name;
  }

  /// What the run says goes above the status line.
  [[nodiscard]] RunOptions run_options(const ControlServer* server, StatusLine& status,
                                       Console& console) const {
    RunOptions options;
    options.trace = trace_.value_or(0);
    if (!no_sandbox_) options.sandbox.emplace();
    if (!no_sandbox_ && server != nullptr) options.sandbox->removes = {server->path()};
    options.print = [&status, &console](std::string_view line) {
      status.erase();
      console.err(std::string(line) + "\n");
    };
    options.may_print = standard_error_has_room;
    options.event = [&status, &console](EventKind kind, std::string_view line) {
      status.erase();
      kind == EventKind::note ? console.note(line) : console.warning(line);
    };
    return options;
  }

  /// From the start of the run to its summary.
  ExitCode supervise(Run& run, StopSignals& signals, ControlServer* server, StatusLine& status,
                     Console& console) {
    signals.watch(run);
    if (auto started = run.start(); !started) {
      signals.release();
      return console.failed(started.error());
    }
    work(run, server, status, console);
    const RunReport report = run.finish();
    signals.release();
    status.erase();
    show(run, report, console);
    return run.exit_code();
  }

  /// What the control thread does beside the run, and when.
  struct Schedule {
    Appointment end;
    Appointment stats;
    Appointment audit;
    Appointment refresh;
    RateMeter meter;
  };

  /// Until the run has ended: rates and answers to whoever wants them, and the end of its time.
  void work(Run& run, ControlServer* server, StatusLine& status, Console& console) {
    constexpr Duration kStatusInterval{500'000'000};
    constexpr Duration kAuditInterval{1'000'000'000};
    // For the end and its summary, should others have taken all memory by then.
    constexpr std::size_t kReserve = std::size_t{4} << 20;
    const auto reserve = std::make_unique_for_overwrite<std::byte[]>(kReserve);
    until_true([&] {
      show_state_on_request(run, status, console);
      if (run.begin(Duration{longest_pause(server).count()})) return true;
      if (server != nullptr) server->serve(run, std::chrono::steady_clock::now());
      return false;
    });
    const auto start = std::chrono::steady_clock::now();
    Schedule schedule{
        .end = {start, duration_},
        .stats = {start, stats_},
        // Nobody may be looking, and a run that loses packets comes to a standstill when its buffers are
        // gone.
        .audit = {start, kAuditInterval},
        .refresh = {start, status.active() && !stats_ ? std::optional(kStatusInterval) : std::nullopt},
        .meter = {}};
    until_true([&] {
      show_state_on_request(run, status, console);
      return look(run, schedule, server, status, console);
    });
    if (server != nullptr) server->dismiss(std::chrono::steady_clock::now());
  }

  /// Calls `look` again and again; when there is no memory for what it does, that is left out.
  template <class Look>
  static void until_true(const Look& look) {
    bool warned = false;
    while (true) {
      try {
        if (look()) return;
      } catch (const std::bad_alloc&) {
        // Nothing of this is worth the run, which takes no memory any more.
        if (!std::exchange(warned, true))
          write_standard_error(
              "warning: out of memory: answers, rates or checks of this moment are left out\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }
  }

  /// How long may be waited before clients are looked at.
  static std::chrono::nanoseconds longest_pause(const ControlServer* server) {
    constexpr std::chrono::nanoseconds kLongest = std::chrono::milliseconds(100);
    return server != nullptr ? server->pause(std::chrono::steady_clock::now()) : kLongest;
  }

  static void show_state_on_request(Run& run, StatusLine& status, Console& console) {
    if (!StopSignals::take_state_request()) return;
    status.erase();
    console.err(state_dump(run.snapshot(), console.look_err()));
  }

  /// Waits for what is due next, and does it; true when the run has ended.
  bool look(Run& run, Schedule& schedule, ControlServer* server, StatusLine& status, Console& console) {
    auto now = std::chrono::steady_clock::now();
    const auto longest = longest_pause(server);
    const auto pause = std::min(schedule.end.left(now, longest), schedule.stats.left(now, longest));
    if (run.wait(Duration{pause.count()})) return true;
    now = std::chrono::steady_clock::now();
    if (schedule.end.due(now)) run.request_stop("time");
    if (server != nullptr) server->serve(run, now);
    if (schedule.stats.due(now)) {
      const Rates rates = schedule.meter.update(run.snapshot());
      status.erase();
      console.err((format_ == "json" ? write_json(rates_json(rates), JsonLayout::line) : rates_line(rates)) +
                  "\n");
    }
    if (schedule.audit.due(now)) warn_of_losses(run.snapshot(), console, &status);
    if (schedule.refresh.due(now)) status.show(rates_line(schedule.meter.update(run.snapshot())));
    return false;
  }

  void show(const Run& run, const RunReport& report, Console& console) {
    if (format_ == "json") {
      console.out(write_json(summary_json(report, run.trace())));
    } else {
      console.out(trace_text(run.trace(), console.look()));
      console.out(summary_text(report, console.look()));
    }
    for (const PortReport& port : report.ports)
      if (!port.error.empty()) console.error(fmt::format("port '{}': {}", port.name, port.error));
    if (report.lost_lines > 0)
      console.warning(
          fmt::format("{} of Print did not fit and were left out", plural(report.lost_lines, "line")));
    tell_held_back(report, console);
    if (show_stuck(report, console)) return;
    for (const WorkerReport& worker : report.workers)
      if (worker.buffers_free != worker.buffers)
        console.error(
            fmt::format("core '{}': {} of {} did not come home; this is a fault of ixyflow or of a plugin",
                        worker.name, worker.buffers - worker.buffers_free, plural(worker.buffers, "buffer")));
    warn_of_losses(report, console, nullptr);
    if (!report.ledger.balanced())
      console.error("the ledger does not balance; this is a fault of ixyflow or of a plugin");
  }

  /// Who reads what Print shows must know that it is not all.
  static void tell_held_back(const RunReport& report, Console& console) {
    for (const ElementReport& element : report.elements) {
      if (element.type != "Print") continue;
      for (const auto& counter : element.counters)
        if (counter.name == "suppressed" && counter.value > 0)
          console.note(fmt::format("Print '{}' held back {}; 'limit' and 'per_second' are its limits",
                                   element.name, plural(counter.value, "line")));
    }
  }

  /// Names each element that loses packets, or gives them on twice, once in a run.
  void warn_of_losses(const RunReport& report, Console& console, StatusLine* status) {
    for (const ElementReport& element : report.elements) {
      if (element.lost == 0 || !lossy_.insert(element.name).second) continue;
      const auto packets = plural(static_cast<std::uint64_t>(std::abs(element.lost)), "packet");
      const std::string did = element.lost > 0 ? fmt::format("neither gave on nor holds {}", packets)
                                               : fmt::format("gave on {} more than it got", packets);
      if (status != nullptr) status->erase();
      console.warning(
          fmt::format("element '{}' ({}) {}: a fault of the element", element.name, element.type, did));
    }
  }

  /// Says which cores did not stop. What they have is missing in the summary and in the ledger.
  static bool show_stuck(const RunReport& report, Console& console) {
    bool stuck = false;
    for (const WorkerReport& worker : report.workers) {
      if (!worker.stale) continue;
      stuck = true;
      console.error(fmt::format(
          "core '{}' did not stop, because its thread is stopped or kept from CPU {}{}: "
          "what it counted and held is not in the summary",
          worker.name, worker.cpu,
          worker.caught_in.empty() ? "" : fmt::format(", or caught in element '{}'", worker.caught_in)));
    }
    return stuck;
  }

  PipelineSource source_;
  LoadOptions load_;
  PlanOptions plan_;
  std::optional<Duration> duration_;
  std::optional<Duration> stats_;
  std::optional<std::uint32_t> trace_;
  std::string format_ = "text";
  InstanceChoice choice_;
  bool no_control_ = false;
  bool no_sandbox_ = false;
  std::set<std::string> lossy_;  ///< elements that `warn_of_losses` has named
};

IXYFLOW_COMMAND(RunCommand);

}  // namespace
}  // namespace ixyflow::tools
