#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/control/instances.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/json/json.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

/// "3 d 4 h", "2 h 5 min", "7 min 3 s", "12 s"
std::string uptime_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds > 0 ? seconds : 0);
  const std::uint64_t minutes = whole / 60;
  const std::uint64_t hours = minutes / 60;
  if (hours >= 24) return fmt::format("{} d {} h", hours / 24, hours % 24);
  if (hours > 0) return fmt::format("{} h {} min", hours, minutes % 60);
  return minutes > 0 ? fmt::format("{} min {} s", minutes, whole % 60) : fmt::format("{} s", whole);
}

/// "io 1, work.0 2"
std::string cores_text(const Value& status) {
  std::vector<std::string> cores;
  const Value::Entry* entry = status.find("cores");
  const auto* list = entry != nullptr ? entry->value.get_if<Value::List>() : nullptr;
  if (list == nullptr) return "-";
  for (const Value& core : *list) {
    const auto* cpu = member<std::int64_t>(core, "cpu");
    cores.push_back(fmt::format("{} {}", printable(text_at(core, "name")), cpu != nullptr ? *cpu : -1));
  }
  return fmt::format("{}", fmt::join(cores, ", "));
}

bool answered(const RunningInstance& instance) {
  return instance.status.get_if<std::monostate>() == nullptr;
}

std::string instances_text(const std::vector<RunningInstance>& instances, Look look) {
  using Align = TextTable::Align;
  TextTable table({{"NAME", Align::left},
                   {"PID", Align::right},
                   {"STATE", Align::left, 1},
                   {"UPTIME", Align::right},
                   {"CORE CPU", Align::left},
                   {"FILE", Align::left, 2}});
  for (const RunningInstance& instance : instances) {
    const auto* seconds = member<double>(instance.status, "seconds");
    const Greeting& greeting = instance.greeting;
    table.add({instance.name, greeting.pid > 0 ? std::to_string(greeting.pid) : "-",
               answered(instance) ? printable(text_at(instance.status, "state")) : "does not answer",
               seconds != nullptr ? uptime_text(*seconds) : "-", cores_text(instance.status),
               greeting.version.empty() ? "-"
               : greeting.file.empty()  ? "(standard input)"
                                        : printable(greeting.file, 1000)},
              answered(instance) ? Style::plain : Style::caution);
  }
  return table.render(look);
}

Value instance_json(const RunningInstance& instance) {
  const auto of_status = [&instance](std::string_view key) {
    const Value::Entry* entry = instance.status.find(key);
    return entry != nullptr ? entry->value : Value();
  };
  const Greeting& greeting = instance.greeting;
  return json_object({{"name", instance.name},
                      {"pid", greeting.pid > 0 ? JsonItem(greeting.pid) : Value()},
                      {"pipeline", json_or_null(greeting.pipeline)},
                      {"file", json_or_null(greeting.file)},
                      {"version", json_or_null(greeting.version)},
                      {"state", of_status("state")},
                      {"seconds", of_status("seconds")},
                      {"cores", of_status("cores")},
                      {"socket", instance.socket},
                      {"trouble", json_or_null(instance.trouble)}});
}

class PsCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "ps"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::instances, 0}; }
  [[nodiscard]] std::string_view summary() const override { return "list running pipelines"; }
  [[nodiscard]] std::string_view example() const override { return "ixyflow ps --format json"; }

  void declare(CommandLine& line) override {
    line.choice("--format", format_, {"text", "json"}, "of the list (default text)");
  }

  ExitCode run(Console& console) override {
    const auto instances = running_instances(std::chrono::seconds(1));
    if (format_ == "json")
      console.out(write_json(json_list(instances.found, instance_json)));
    else if (!instances.found.empty())
      console.out(instances_text(instances.found, console.look()));
    else
      console.note("no instance runs; 'ixyflow run FILE' starts one");
    for (const std::string& hidden : instances.hidden) console.note(hidden);
    return ExitCode::ok;
  }

 private:
  std::string format_ = "text";
};

IXYFLOW_COMMAND(PsCommand);

}  // namespace
}  // namespace ixyflow::tools
