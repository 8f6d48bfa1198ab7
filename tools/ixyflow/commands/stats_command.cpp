#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/control/results.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

class StatsCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "stats"; }
  [[nodiscard]] std::string_view summary() const override { return "counters of a running pipeline"; }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow stats --instance rewrite --format json";
  }

  void declare(CommandLine& line) override {
    line.choice("--format", format_, {"text", "json"}, "of the output (default text)");
    declare_instance_options(line, choice_);
  }

  ExitCode run(Console& console) override {
    auto client = connect_instance(choice_);
    if (!client) return show_error(client.error(), console);
    const auto result = client->call(
        "stats.get", {parameter("format", format_), parameter("colour", Value(console.colour_out()))});
    if (!result) return show_error(result.error(), console);
    console.out(format_ == "json" ? json_pages(*result) : json_text(*result));
    return ExitCode::ok;
  }

 private:
  std::string format_ = "text";
  InstanceChoice choice_;
};

}  // namespace

std::unique_ptr<Command> make_stats_command() {
  return std::make_unique<StatsCommand>();
}

}  // namespace ixyflow::tools
