#include <fmt/format.h>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/read_pipeline.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/style.hpp"
#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/test/number_names.hpp"
#include "tools/ixyflow/test/run_test.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::tools {
namespace {

class TestCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "test"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::pipelines, 3}; }
  [[nodiscard]] std::string_view summary() const override {
    return "run the [[test]] tables of pipeline files, without ports and in virtual time";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow test pipelines/*.toml"; }

  [[nodiscard]] bool only_looks() const override { return true; }

  void declare(CommandLine& line) override {
    line.positional("FILE", files_, 1, 100'000, "pipelines with [[test]] tables; - is the standard input");
    declare_plugin_option(line, load_.plugins);
    declare_allow_plugins(line, allow_plugins_);
    line.value("--burst", "N", take_number(load_.burst, 1, 256), "packets moved at a time, 1 to 256");
    line.choice("--format", format_, {"text", "json"}, "of the result (default text)");
  }

  ExitCode run(Console& console) override {
    only_look(load_, allow_plugins_);
    ExitCode code = ExitCode::ok;
    for (const auto& path : files_) {
      const ExitCode result = run_file(path, console);
      if (result != ExitCode::ok && (code == ExitCode::ok || code == ExitCode::no)) code = result;
    }
    if (format_ == "json")
      console.out(write_json(
          json_object({{"passed", passed_}, {"failed", failed_}, {"tests", Value(std::move(results_))}})));
    else
      console.out(fmt::format("{} passed, {} failed\n", thousands(passed_), thousands(failed_)));
    return code;
  }

 private:
  ExitCode run_file(const std::string& path, Console& console) {
    Reading reading = read_pipeline({.files = {path}, .line = {}}, load_);
    if (reading.unreadable) return console.failed(*reading.unreadable);
    std::vector<TestCase> tests;
    if (reading.file) tests = parse_tests(*reading.file, reading.diagnostics);
    if (reading.pipeline) check_numbers(*reading.file, tests, load_, reading.diagnostics);
    if (!reading.diagnostics.ok()) {
      console.err(reading.diagnostics.render(console.colour_err()));
      return ExitCode::configuration;
    }
    const std::string name = printable(reading.file->path);
    if (format_ == "text" && (files_.size() > 1 || tests.empty()))
      console.out(fmt::format("{}{}\n", name, tests.empty() ? ": no tests" : ":"));
    ExitCode code = ExitCode::ok;
    for (const TestCase& test : tests) {
      const auto failures = run_test(*reading.file, test, load_);
      if (!failures.empty()) code = ExitCode::no;
      ++(failures.empty() ? passed_ : failed_);
      if (format_ == "json")
        results_.push_back(json_object(
            {{"file", path}, {"name", test.name}, {"passed", failures.empty()}, {"failures", failures}}));
      else
        show(test, failures, name, console);
    }
    return code;
  }

  static void show(const TestCase& test, const std::vector<std::string>& failures, const std::string& file,
                   Console& console) {
    const bool colour = console.colour_out();
    const std::string name = printable(test.name);
    if (failures.empty())
      return console.out(fmt::format("{}      {}\n", paint("ok", Style::good, colour), name));
    console.out(
        fmt::format("{}  {}  ({}:{})\n", paint("FAILED", Style::bad, colour), name, file, test.where.line));
    for (const auto& failure : failures) {
      std::string text = "  ";
      for (const char c : failure) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
      while (text.ends_with(' ') || text.ends_with('\n')) text.pop_back();
      console.out(text + "\n");
    }
  }

  std::vector<std::string> files_;
  LoadOptions load_;
  bool allow_plugins_ = false;
  std::string format_ = "text";
  std::uint64_t passed_ = 0;
  std::uint64_t failed_ = 0;
  Value::List results_;
};

IXYFLOW_COMMAND(TestCommand);

}  // namespace
}  // namespace ixyflow::tools
