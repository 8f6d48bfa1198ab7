#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

class StopCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "stop"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 6}; }
  [[nodiscard]] std::string_view summary() const override {
    return "end a running pipeline in order, as SIGTERM does";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow stop --instance rewrite"; }

  void declare(CommandLine& line) override { declare_instance_options(line, choice_); }

  ExitCode run(Console& console) override {
    auto client = connect_instance(choice_);
    if (!client) return console.failed(client.error());
    const auto done = client->call("run.stop");
    return done ? ExitCode::ok : console.failed(done.error());
  }

 private:
  InstanceChoice choice_;
};

IXYFLOW_COMMAND(StopCommand);

}  // namespace
}  // namespace ixyflow::tools
