#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/commands/other_runs.hpp"
#include "tools/ixyflow/commands/verbose.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/views/plan_view.hpp"

namespace ixyflow::tools {
namespace {

class PlanCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "plan"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::pipelines, 4}; }
  [[nodiscard]] std::string_view summary() const override {
    return "show which core would do what, over which rings, in how much memory";
  }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow plan pipelines/two_cores.toml --topology \"node:2 core:4 pu:2\"";
  }

  [[nodiscard]] bool only_looks() const override { return true; }

  void declare(CommandLine& line) override {
    declare_source(line, source_);
    declare_load_options(line, load_);
    declare_allow_plugins(line, allow_plugins_);
    line.value(
        "--topology", "TEXT",
        [this](const std::string& text) {
          return topology_ = text, text.empty() ? "takes a description" : "";
        },
        "plan for this machine, in hwloc's notation: \"node:2 core:4 pu:2\"");
    line.flag("--oversubscribe", options_.oversubscribe, "allow more workers than there are cores");
    line.flag("--explain", explain_, "say the reason of every decision");
    line.flag("--suggest", suggest_,
              "write a [cores] table that fits the machine and does what the warnings advise");
    line.choice("--format", format_, {"text", "json"}, "of the plan (default text)");
  }

  ExitCode run(Console& console) override {
    // Who can only look can ask nobody any more.
    const auto others = topology_.empty() ? other_runs() : std::vector<RunningInstance>();
    only_look(load_, allow_plugins_);
    auto reading = load_pipeline(source_, load_, console);
    if (!reading) return reading.error();
    auto machine = load_machine(topology_, console);
    if (!machine) return machine.error();
    mark_cpus_of(others, *machine);
    if (topology_.empty())
      if (const auto surveyed = survey_ports(*reading->pipeline, console); !surveyed) return surveyed.error();
    // A machine that is too small is what a suggestion is wanted for.
    if (suggest_) options_.oversubscribe = true;
    const auto plan = plan_pipeline(*reading, *machine, options_, console);
    if (!plan) return plan.error();
    tell_plan(*reading->pipeline, *plan);
    if (suggest_)
      console.out(suggest_cores(*reading->pipeline, *plan, *machine, options_));
    else
      console.out(format_ == "json" ? write_json(plan_json(*reading->pipeline, *plan))
                                    : plan_text(*reading->pipeline, *plan, explain_, console.look()));
    for (const auto& warning : plan->warnings) console.warning(warning);
    for (const auto& note : plan->notes) console.note(note);
    return ExitCode::ok;
  }

 private:
  PipelineSource source_;
  LoadOptions load_;
  bool allow_plugins_ = false;
  PlanOptions options_;
  std::string topology_;
  std::string format_ = "text";
  bool explain_ = false;
  bool suggest_ = false;
};

IXYFLOW_COMMAND(PlanCommand);

}  // namespace
}  // namespace ixyflow::tools
