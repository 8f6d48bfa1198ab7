#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/graph/planner/make_plan.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/imagined_machine.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"
#include "tools/ixyflow/process/child_process.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/views/drawing/drawing.hpp"

namespace ixyflow::tools {
namespace {

class GraphCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "graph"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::pipelines, 5}; }
  [[nodiscard]] std::string_view summary() const override { return "draw a pipeline"; }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow graph pipelines/two_cores.toml --format svg > two_cores.svg";
  }

  [[nodiscard]] bool only_looks() const override { return true; }

  void declare(CommandLine& line) override {
    declare_source(line, source_);
    declare_load_options(line, load_);
    declare_allow_plugins(line, allow_plugins_);
    line.choice("--format", format_, {"ascii", "svg", "mermaid", "dot", "json"},
                "of the drawing (default ascii); svg needs graphviz");
  }

  ExitCode run(Console& console) override {
    // Whoever can only look can start nothing any more.
    std::optional<Result<FilterProgram>> graphviz;
    if (format_ == "svg") graphviz.emplace(FilterProgram::start({"dot", "-Tsvg"}));
    only_look(load_, allow_plugins_,
              graphviz && *graphviz ? std::optional((*graphviz)->process()) : std::nullopt);
    const auto reading = load_pipeline(source_, load_, console);
    if (!reading) return reading.error();
    // Cores and rings depend on the file only; which CPUs they get is the plan's business.
    Diagnostics unplaced;
    const auto plan = make_plan(*reading->pipeline, imagined_machine(*reading->pipeline),
                                {.oversubscribe = true}, unplaced);
    const Drawing drawing = make_drawing(*reading->pipeline, plan ? &*plan : nullptr);
    if (graphviz) return draw_svg(drawing, *graphviz, console);
    console.out(text(drawing, console));
    return ExitCode::ok;
  }

 private:
  [[nodiscard]] std::string text(const Drawing& drawing, const Console& console) const {
    if (format_ == "ascii") return draw_ascii(drawing, console.look());
    if (format_ == "dot") return draw_dot(drawing);
    if (format_ == "mermaid") return draw_mermaid(drawing);
    return write_json(drawing_json(drawing));
  }

  static ExitCode draw_svg(const Drawing& drawing, Result<FilterProgram>& graphviz, Console& console) {
    constexpr Duration kTimeout{30'000'000'000};
    constexpr std::size_t kLargest = 64UL << 20;
    auto svg =
        graphviz ? graphviz->run(draw_dot(drawing), kTimeout, kLargest) : std::unexpected(graphviz.error());
    if (!svg) {
      const ExitCode code = svg.error().code;
      const char* hint =
          code == ExitCode::unavailable ? "; svg is drawn by graphviz: apt install graphviz" : "";
      return console.failed({code, svg.error().text + hint});
    }
    console.out(svg_with_style(std::move(*svg)));
    return ExitCode::ok;
  }

  PipelineSource source_;
  LoadOptions load_;
  bool allow_plugins_ = false;
  std::string format_ = "ascii";
};

IXYFLOW_COMMAND(GraphCommand);

}  // namespace
}  // namespace ixyflow::tools
