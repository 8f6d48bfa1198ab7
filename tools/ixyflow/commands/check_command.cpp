#include <fmt/format.h>

#include "core/base/diagnostics.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/imagined_machine.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/read_pipeline.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/style.hpp"
#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/test/number_names.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::tools {
namespace {

Value diagnostic_json(const Diagnostic& entry) {
  return json_object({{"severity", entry.severity == Severity::error ? "error" : "warning"},
                      {"line", entry.where.line},
                      {"column", entry.where.column},
                      {"length", entry.where.length},
                      {"text", entry.text},
                      {"hint", entry.hint}});
}

class CheckCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "check"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::pipelines, 2}; }
  [[nodiscard]] std::string_view summary() const override {
    return "find all mistakes of pipeline files, without touching the machine";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow check pipelines/*.toml"; }

  [[nodiscard]] bool only_looks() const override { return true; }

  void declare(CommandLine& line) override {
    line.positional("FILE", files_, 1, 100'000, "pipelines; - is the standard input");
    declare_line(line, line_);
    declare_load_options(line, load_);
    declare_allow_plugins(line, allow_plugins_);
    line.choice("--format", format_, {"text", "json"}, "of the result (default text)");
  }

  ExitCode run(Console& console) override {
    only_look(load_, allow_plugins_);
    ExitCode code = ExitCode::ok;
    Value::List files;
    for (const PipelineSource& source : sources()) {
      const Reading reading = check(source);
      if (reading.unreadable) {
        if (code == ExitCode::ok) code = reading.unreadable->code;
      } else if (!reading.diagnostics.ok()) {
        code = ExitCode::configuration;
      }
      if (format_ == "json")
        files.push_back(file_json(source, reading));
      else
        show(source.name(), reading, console);
    }
    if (format_ == "json") console.out(write_json(Value(std::move(files))));
    return code;
  }

 private:
  [[nodiscard]] std::vector<PipelineSource> sources() const {
    if (line_) return {{.files = {}, .line = line_}};
    std::vector<PipelineSource> sources;
    for (const std::string& path : files_) sources.push_back({.files = {path}, .line = {}});
    return sources;
  }

  [[nodiscard]] Reading check(const PipelineSource& source) const {
    Reading reading = read_pipeline(source, load_);
    std::vector<TestCase> tests;
    if (reading.file) tests = parse_tests(*reading.file, reading.diagnostics);
    // Whether the elements can be placed at all does not depend on the machine.
    if (reading.pipeline && reading.diagnostics.ok())
      static_cast<void>(
          make_plan(*reading.pipeline, imagined_machine(*reading.pipeline), {}, reading.diagnostics));
    if (reading.pipeline) check_numbers(*reading.file, tests, load_, reading.diagnostics);
    return reading;
  }

  static void show(const std::string& source, const Reading& reading, Console& console) {
    if (reading.unreadable) {
      console.error(reading.unreadable->text);
      return;
    }
    const auto& diagnostics = reading.diagnostics;
    if (!diagnostics.ok() || !console.quiet()) console.out(diagnostics.render(console.colour_out()));
    const std::string name = printable(source);
    if (diagnostics.ok() && diagnostics.warnings() == 0) {
      if (!console.quiet())
        console.out(fmt::format("{}: {}\n", name, paint("OK", Style::good, console.colour_out())));
    } else {
      console.out(fmt::format("{}: {}, {}\n", name, plural(diagnostics.errors(), "error"),
                              plural(diagnostics.warnings(), "warning")));
    }
  }

  static Value file_json(const PipelineSource& source, const Reading& reading) {
    return json_object({{"file", source.line ? source.name() : source.files.front()},
                        {"ok", !reading.unreadable && reading.diagnostics.ok()},
                        {"errors", reading.diagnostics.errors()},
                        {"warnings", reading.diagnostics.warnings()},
                        {"unreadable", json_or_null(reading.unreadable ? reading.unreadable->text : "")},
                        {"diagnostics", json_list(reading.diagnostics.sorted(), diagnostic_json)}});
  }

  std::vector<std::string> files_;
  std::optional<std::string> line_;
  LoadOptions load_;
  bool allow_plugins_ = false;
  std::string format_ = "text";
};

IXYFLOW_COMMAND(CheckCommand);

}  // namespace
}  // namespace ixyflow::tools
