#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/views/reference/schema.hpp"

namespace ixyflow::tools {
namespace {

class SchemaCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "schema"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::reference, 2}; }
  [[nodiscard]] std::string_view summary() const override {
    return "print the JSON Schema of pipeline files, for editors";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow schema > ixyflow.schema.json"; }
  [[nodiscard]] bool only_looks() const override { return true; }

  void declare(CommandLine& line) override { declare_plugin_option(line, plugins_); }

  ExitCode run(Console& console) override {
    only_look();
    if (!load_plugins(plugins_, console)) return ExitCode::configuration;
    console.out(write_json(pipeline_schema()));
    return ExitCode::ok;
  }

 private:
  std::vector<std::string> plugins_;
};

IXYFLOW_COMMAND(SchemaCommand);

}  // namespace
}  // namespace ixyflow::tools
