#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include "core/base/units.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/views/element_rates.hpp"

namespace ixyflow::tools {
namespace {

class StatsCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "stats"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 1}; }
  [[nodiscard]] std::string_view summary() const override {
    return "counters of a running pipeline, or what each element does per second";
  }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow stats --instance rewrite --format json\n  ixyflow stats --every 1s";
  }

  void declare(CommandLine& line) override {
    line.value("--every", "TIME", take_duration(every_),
               "packets per second of every element, again and again until the run ends");
    line.choice("--format", format_, {"text", "json"}, "of the output (default text)");
    declare_instance_options(line, choice_);
  }

  ExitCode run(Console& console) override {
    auto client = connect_instance(choice_);
    if (!client) return console.failed(client.error());
    if (every_) return watch(*client, console);
    const Look look = console.look();
    Value::Table parameters{parameter("format", format_), parameter("colour", Value(look.colour))};
    if (std::in_range<std::int32_t>(look.columns))
      parameters.push_back(parameter("columns", Value(static_cast<std::int64_t>(look.columns))));
    const auto result = client->call("stats.get", parameters);
    if (!result) return console.failed(result.error());
    console.out(format_ == "json" ? write_json(*result) : harmless(text_of(*result), look.colour));
    return ExitCode::ok;
  }

 private:
  ExitCode watch(ControlClient& client, Console& console) const {
    auto before = client.call("stats.get");
    if (!before) return console.failed(before.error());
    for (bool first = true; console.out_result(); first = false) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(every_->ns));
      auto after = client.call("stats.get");
      // That a run ends is no failure of who watches it.
      if (!after) return ExitCode::ok;
      const Value rates = element_rates_json(*before, *after);
      console.out(format_ == "json" ? write_json(rates, JsonLayout::line) + "\n"
                                    : (first ? "" : "\n") + element_rates_text(rates, console.look()));
      before = std::move(after);
    }
    return ExitCode::ok;
  }

  std::optional<Duration> every_;
  std::string format_ = "text";
  InstanceChoice choice_;
};

IXYFLOW_COMMAND(StatsCommand);

}  // namespace
}  // namespace ixyflow::tools
