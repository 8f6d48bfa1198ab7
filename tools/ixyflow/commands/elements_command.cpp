#include <fmt/format.h>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/views/reference.hpp"

namespace ixyflow::tools {
namespace {

class ElementsCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "elements"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::reference, 1}; }
  [[nodiscard]] std::string_view summary() const override {
    return "list elements, resources and port drivers, or explain one";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow elements Rewrite"; }

  void declare(CommandLine& line) override {
    line.positional("NAME", names_, 0, 1, "an element, a type of resource or a port driver");
    declare_plugin_option(line, plugins_);
    line.choice("--format", format_, {"text", "json"}, "of the list (default text)");
  }

  ExitCode run(Console& console) override {
    only_look();
    if (!load_plugins(plugins_, console)) return ExitCode::configuration;
    return names_.empty() ? show_all(console) : show_one(names_.front(), console);
  }

 private:
  ExitCode show_all(Console& console) const {
    console.out(format_ == "json" ? write_json(catalogue_json()) : catalogue_text(console.look()));
    return ExitCode::ok;
  }

  ExitCode show_one(const std::string& name, Console& console) const {
    const auto show = [&](const auto& spec) {
      console.out(format_ == "json" ? write_json(reference_json(spec))
                                    : reference_text(spec, console.look()));
      return ExitCode::ok;
    };
    if (const ElementSpec* spec = ElementRegistry::instance().find(name)) return show(*spec);
    if (const ResourceSpec* spec = ResourceRegistry::instance().find(name)) return show(*spec);
    if (const PortSpec* spec = PortRegistry::instance().find(name)) return show(*spec);
    return console.failed({ExitCode::no, unknown_name(name)});
  }

  static std::string unknown_name(const std::string& name) {
    auto names = ElementRegistry::instance().names();
    for (auto& type : ResourceRegistry::instance().names()) names.push_back(std::move(type));
    for (auto& port : PortRegistry::instance().names()) names.push_back(std::move(port));
    return with_suggestion(
        fmt::format("there is no element, resource or port driver '{}'", printable(name, 60)), name, names);
  }

  std::vector<std::string> names_;
  std::vector<std::string> plugins_;
  std::string format_ = "text";
};

IXYFLOW_COMMAND(ElementsCommand);

}  // namespace
}  // namespace ixyflow::tools
