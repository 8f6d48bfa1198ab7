#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/pipeline/loading.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

Json diagnostic_json(const Diagnostic& entry) {
  return {{"severity", entry.severity == Severity::error ? "error" : "warning"},
          {"line", entry.where.line},
          {"column", entry.where.column},
          {"length", entry.where.length},
          {"text", entry.text},
          {"hint", entry.hint}};
}

class CheckCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "check"; }
  [[nodiscard]] std::string_view summary() const override {
    return "find all mistakes of pipeline files, without touching the machine";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow check pipelines/*.toml"; }

  void declare(CommandLine& line) override {
    line.positional("FILE", files_, 1, 100'000, "pipelines; - is the standard input");
    declare_load_options(line, load_);
    line.choice("--format", format_, {"text", "json"}, "of the result (default text)");
  }

  ExitCode run(Console& console) override {
    ExitCode code = ExitCode::ok;
    Json files = Json::array();
    for (const auto& path : files_) {
      const Reading reading = check(path);
      if (reading.unreadable) {
        if (code == ExitCode::ok) code = reading.unreadable->code;
      } else if (!reading.diagnostics.ok()) {
        code = ExitCode::configuration;
      }
      if (format_ == "json")
        files.push_back(file_json(path, reading));
      else
        show(path, reading, console);
    }
    if (format_ == "json") console.out(files.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return code;
  }

 private:
  [[nodiscard]] Reading check(const std::string& path) const {
    Reading reading = read_pipeline(path, load_);
    if (reading.file) parse_tests(*reading.file, reading.diagnostics);
    // Whether the elements can be placed at all does not depend on the machine.
    if (reading.pipeline && reading.diagnostics.ok())
      static_cast<void>(
          make_plan(*reading.pipeline, imagined_machine(*reading.pipeline), {}, reading.diagnostics));
    return reading;
  }

  static void show(const std::string& path, const Reading& reading, Console& console) {
    if (reading.unreadable) {
      console.error(reading.unreadable->text);
      return;
    }
    const auto& diagnostics = reading.diagnostics;
    if (!diagnostics.ok() || !console.quiet()) console.out(diagnostics.render(console.colour_out()));
    const std::string name = printable(path == "-" ? diagnostics.file() : path);
    if (diagnostics.ok() && diagnostics.warnings() == 0) {
      if (!console.quiet())
        console.out(fmt::format("{}: {}\n", name, paint("OK", Style::good, console.colour_out())));
    } else {
      console.out(fmt::format("{}: {}, {}\n", name, plural(diagnostics.errors(), "error"),
                              plural(diagnostics.warnings(), "warning")));
    }
  }

  static Json file_json(const std::string& path, const Reading& reading) {
    Json entries = Json::array();
    for (const auto& entry : reading.diagnostics.sorted()) entries.push_back(diagnostic_json(entry));
    const bool good = !reading.unreadable && reading.diagnostics.ok();
    return {{"file", path},
            {"ok", good},
            {"errors", reading.diagnostics.errors()},
            {"warnings", reading.diagnostics.warnings()},
            {"unreadable", reading.unreadable ? Json(reading.unreadable->text) : Json()},
            {"diagnostics", entries}};
  }

  std::vector<std::string> files_;
  LoadOptions load_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> make_check_command() {
  return std::make_unique<CheckCommand>();
}

}  // namespace ixyflow::tools
