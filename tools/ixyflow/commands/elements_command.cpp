#include <fmt/format.h>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/config/click_names.hpp"
#include "core/device/foreign_drivers.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/views/reference/file_reference.hpp"
#include "tools/ixyflow/views/reference/reference.hpp"

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

  [[nodiscard]] bool only_looks() const override { return true; }

  void declare(CommandLine& line) override {
    line.positional("NAME", names_, 0, 1, "an element, a type of resource or a port driver");
    line.flag("--file", file_, "every key of a pipeline file instead, as a page in Markdown");
    declare_plugin_option(line, plugins_);
    line.choice("--format", format_, {"text", "json"}, "of the list (default text)");
  }

  ExitCode run(Console& console) override {
    only_look();
    if (!load_plugins(plugins_, console)) return ExitCode::configuration;
    if (file_) return show_file(console);
    return names_.empty() ? show_all(console) : show_one(names_.front(), console);
  }

 private:
  ExitCode show_file(Console& console) const {
    if (!names_.empty() || format_ == "json")
      return console.failed({ExitCode::usage, format_ == "json"
                                                  ? "--file is a page; its JSON is 'ixyflow schema'"
                                                  : "--file takes no NAME"});
    console.out(file_reference());
    return ExitCode::ok;
  }

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
    std::string text = fmt::format("there is no element, resource or port driver '{}'", printable(name, 60));
    for (const std::string& hint : {click_hint(name), foreign_driver_hint(name)})
      if (!hint.empty()) return with_hint(std::move(text), hint);
    return with_suggestion(std::move(text), name, names);
  }

  std::vector<std::string> names_;
  std::vector<std::string> plugins_;
  bool file_ = false;
  std::string format_ = "text";
};

IXYFLOW_COMMAND(ElementsCommand);

}  // namespace
}  // namespace ixyflow::tools
