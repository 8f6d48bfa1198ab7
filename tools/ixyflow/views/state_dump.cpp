#include "tools/ixyflow/views/state_dump.hpp"

#include "tools/ixyflow/terminal/text_table.hpp"
#include "tools/ixyflow/views/summary.hpp"

namespace ixyflow::tools {
namespace {

using Align = TextTable::Align;

std::string place_of(const WorkerReport& worker) {
  const std::string place =
      worker.caught_in.empty() ? "between elements, or asleep" : "in element " + worker.caught_in;
  return worker.stale ? "did not answer, " + place : place;
}

}  // namespace

std::string state_dump(const RunReport& report, Look look) {
  TextTable places({{"CORE", Align::left},
                    {"CPU", Align::right},
                    {"ROUNDS", Align::right},
                    {"FREE BUFFERS", Align::right},
                    {"OF", Align::right},
                    {"WHERE IT IS", Align::left}});
  for (const WorkerReport& worker : report.workers)
    places.add(
        {worker.name, std::to_string(worker.cpu), thousands(worker.rounds),
         worker.stale ? "?" : thousands(worker.buffers_free), thousands(worker.buffers), place_of(worker)},
        worker.stale ? Style::caution : Style::plain);
  return "state of " + summary_text(report, look) + "\n" + places.render(look);
}

}  // namespace ixyflow::tools
