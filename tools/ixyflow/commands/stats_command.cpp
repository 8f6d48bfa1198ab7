#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {
namespace {

class StatsCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "stats"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 1}; }
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
    if (!client) return console.failed(client.error());
    const auto result = client->call(
        "stats.get", {parameter("format", format_), parameter("colour", Value(console.colour_out()))});
    if (!result) return console.failed(result.error());
    console.out(format_ == "json" ? write_json(*result) : harmless(text_of(*result), console.colour_out()));
    return ExitCode::ok;
  }

 private:
  std::string format_ = "text";
  InstanceChoice choice_;
};

IXYFLOW_COMMAND(StatsCommand);

}  // namespace
}  // namespace ixyflow::tools
