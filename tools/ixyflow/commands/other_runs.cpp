#include "tools/ixyflow/commands/other_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "core/base/messages/log.hpp"
#include "tools/ixyflow/json/access.hpp"

namespace ixyflow::tools {

std::vector<RunningInstance> other_runs() {
  return running_instances(std::chrono::milliseconds(300)).found;
}

void mark_cpus_of(const std::vector<RunningInstance>& runs, Machine& machine) {
  for (const RunningInstance& instance : runs) {
    const Value::Entry* entry = instance.status.find("cores");
    const auto* cores = entry != nullptr ? entry->value.get_if<Value::List>() : nullptr;
    if (cores == nullptr) {
      log(LogLevel::info,
          fmt::format("the run '{}' does not tell its CPUs: {}", instance.name, instance.trouble));
      continue;
    }
    for (const Value& core : *cores) {
      const auto* id = member<std::int64_t>(core, "cpu");
      const auto cpu =
          std::ranges::find_if(machine.cpus, [id](const Cpu& c) { return id != nullptr && c.id == *id; });
      if (cpu == machine.cpus.end()) continue;
      cpu->user = instance.name;
      log(LogLevel::info, fmt::format("CPU {} is in use by the run '{}'", cpu->id, instance.name));
    }
  }
}

}  // namespace ixyflow::tools
