#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/control/protocol.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

/// "drop.probability: 0.1 -> 0.2 (core work.0, work.1; applied in 0.2 ms)"
std::string change_text(const Value& change) {
  const auto value = [&change](const char* key) {
    const Value::Entry* entry = change.find(key);
    const bool none = entry == nullptr || entry->value.get_if<std::monostate>() != nullptr;
    return none ? std::string("none") : printable(entry->value.show());
  };
  const Value::Entry* entry = change.find("cores");
  const auto cores = entry == nullptr ? std::vector<std::string>() : texts_of(entry->value);
  const auto* seconds = member<double>(change, "seconds");
  return fmt::format("{}: {} -> {} (core {}; applied in {:.1f} ms)\n", printable(text_at(change, "name")),
                     value("before"), value("after"), printable(fmt::format("{}", fmt::join(cores, ", "))),
                     seconds == nullptr ? 0.0 : 1e3 * *seconds);
}

class SetCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "set"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 3}; }
  [[nodiscard]] std::string_view summary() const override {
    return "change live parameters of a running pipeline";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow set drop.probability=0.2"; }

  void declare(CommandLine& line) override {
    line.positional("CHANGE", changes_, 1, 1000, "ELEMENT.PARAMETER=VALUE; made one after the other");
    line.choice("--format", format_, {"text", "json"}, "of the output (default text)");
    declare_instance_options(line, choice_);
  }

  ExitCode run(Console& console) override {
    for (const std::string& change : changes_)
      if (change.find('=') == std::string::npos)
        return console.failed(
            {ExitCode::usage, fmt::format("'{}': it takes ELEMENT.PARAMETER=VALUE", printable(change, 60))});
    auto client = connect_instance(choice_);
    if (!client) return console.failed(client.error());
    for (const std::string& change : changes_) {
      const std::size_t sign = change.find('=');
      const auto result =
          client->call("parameters.set", {parameter("name", change.substr(0, sign)),
                                          parameter("value", scalar_or_text(change.substr(sign + 1)))});
      if (!result) return console.failed(result.error());
      console.out(format_ == "json" ? write_json(*result, JsonLayout::line) + "\n" : change_text(*result));
    }
    return ExitCode::ok;
  }

 private:
  std::vector<std::string> changes_;
  std::string format_ = "text";
  InstanceChoice choice_;
};

IXYFLOW_COMMAND(SetCommand);

}  // namespace
}  // namespace ixyflow::tools
