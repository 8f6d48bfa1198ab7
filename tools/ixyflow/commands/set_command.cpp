#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/control/protocol.hpp"
#include "tools/ixyflow/control/results.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

/// "drop.probability: 0.1 -> 0.2 (core work.0, work.1; applied in 0.2 ms)"
std::string change_text(const std::string& result) {
  const Json change = Json::parse(result);
  const auto value = [&change](const char* key) {
    const auto text = change.at(key).get<std::string>();
    return text.empty() ? std::string("none") : printable(text);
  };
  return fmt::format("{}: {} -> {} (core {}; applied in {:.1f} ms)\n", value("name"), value("before"),
                     value("after"), fmt::join(change.at("cores").get<std::vector<std::string>>(), ", "),
                     1e3 * change.at("seconds").get<double>());
}

class SetCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "set"; }
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
        return show_error(
            {ExitCode::usage, fmt::format("'{}': it takes ELEMENT.PARAMETER=VALUE", printable(change, 60))},
            console);
    auto client = connect_instance(choice_);
    if (!client) return show_error(client.error(), console);
    for (const std::string& change : changes_) {
      const std::size_t sign = change.find('=');
      const auto result =
          client->call("parameters.set", {parameter("name", change.substr(0, sign)),
                                          parameter("value", scalar_or_text(change.substr(sign + 1)))});
      if (!result) return show_error(result.error(), console);
      console.out(format_ == "json" ? *result + "\n" : change_text(*result));
    }
    return ExitCode::ok;
  }

 private:
  std::vector<std::string> changes_;
  std::string format_ = "text";
  InstanceChoice choice_;
};

}  // namespace

std::unique_ptr<Command> make_set_command() {
  return std::make_unique<SetCommand>();
}

}  // namespace ixyflow::tools
