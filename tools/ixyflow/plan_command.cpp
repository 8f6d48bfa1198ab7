#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/packet/mempool.hpp"
#include "tools/ixyflow/commands.hpp"
#include "tools/ixyflow/console.hpp"
#include "tools/ixyflow/loading.hpp"
#include "tools/ixyflow/text_table.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;
using Align = TextTable::Align;

std::string_view policy_name(FullPolicy policy) {
  return policy == FullPolicy::drop ? "drop" : "wait";
}

std::uint64_t pool_bytes(const Pipeline& pipeline, const WorkerPlan& worker) {
  BufferLayout layout;
  layout.data_room = pipeline.settings.packet_size;
  return worker.buffers == 0 ? 0 : layout.bytes(worker.buffers);
}

/// "wan rx", "lan tx" for every use of a port on the worker.
std::vector<std::string> ports_of(const Pipeline& pipeline, const WorkerPlan& worker) {
  std::vector<std::string> ports;
  for (const std::size_t index : worker.elements) {
    const ElementNode& element = pipeline.elements[index];
    for (std::size_t i = 0; i < element.ports.size(); ++i)
      ports.push_back(pipeline.ports[element.ports[i]].name +
                      (element.spec->ports[i].use == PortUse::receive ? " rx" : " tx"));
  }
  return ports;
}

std::vector<std::string> names_of(const Pipeline& pipeline, const WorkerPlan& worker) {
  std::vector<std::string> names;
  for (const std::size_t index : worker.elements) names.push_back(pipeline.elements[index].name);
  return names;
}

/// "a, b, c" in lines of at most `width` characters.
std::vector<std::string> lines_of(const std::vector<std::string>& words, std::size_t width) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i] + (i + 1 < words.size() ? "," : "");
    if (lines.empty() || lines.back().size() + 1 + word.size() > width)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

std::string cores_table(const Pipeline& pipeline, const Plan& plan, bool colour) {
  TextTable table({{"CORE", Align::left},
                   {"CPU", Align::right},
                   {"NODE", Align::right},
                   {"ELEMENTS", Align::left},
                   {"PORTS", Align::left},
                   {"BUFFERS", Align::right},
                   {"MEMORY", Align::right}});
  for (const WorkerPlan& worker : plan.workers) {
    const auto elements = lines_of(names_of(pipeline, worker), 34);
    const auto ports = lines_of(ports_of(pipeline, worker), 20);
    for (std::size_t i = 0; i < std::max<std::size_t>({elements.size(), ports.size(), 1}); ++i) {
      std::vector<std::string> cells(7);
      if (i == 0) {
        cells[0] = worker.name;
        cells[1] = std::to_string(worker.cpu);
        cells[2] = std::to_string(worker.node);
        cells[5] = worker.buffers == 0 ? "-" : thousands(worker.buffers);
        cells[6] = worker.buffers == 0 ? "-" : memory_size(pool_bytes(pipeline, worker));
      }
      if (i < elements.size()) cells[3] = elements[i];
      if (i < ports.size()) cells[4] = ports[i];
      table.add(std::move(cells));
    }
  }
  return table.render(colour);
}

std::string rings_table(const Pipeline& pipeline, const Plan& plan, bool colour) {
  if (plan.rings.empty()) return {};
  TextTable table({{"RING", Align::left},
                   {"LENGTH", Align::right},
                   {"WHEN FULL", Align::left},
                   {"CORES", Align::left},
                   {"", Align::left}});
  for (const RingPlan& ring : plan.rings)
    table.add({pipeline.show(pipeline.edges[ring.edge]), thousands(ring.length),
               std::string(policy_name(ring.full)),
               plan.workers[ring.from].name + " -> " + plan.workers[ring.to].name,
               ring.closes_cycle ? "closes a cycle" : ""});
  return "\n" + table.render(colour);
}

std::string plan_text(const Pipeline& pipeline, const Plan& plan, bool colour) {
  std::uint64_t buffers = 0;
  std::uint64_t bytes = 0;
  for (const WorkerPlan& worker : plan.workers) {
    buffers += worker.buffers;
    bytes += pool_bytes(pipeline, worker);
  }
  return fmt::format("{}: {}, {}, {}, {} of {} bytes in {}; burst {}\n\n",
                     paint(shortened(pipeline.settings.name, 40), Style::heading, colour),
                     plural(plan.workers.size(), "core"), plural(pipeline.elements.size(), "element"),
                     plural(plan.rings.size(), "ring"), plural(buffers, "buffer"),
                     thousands(pipeline.settings.packet_size), memory_size(bytes), pipeline.settings.burst) +
         cores_table(pipeline, plan, colour) + rings_table(pipeline, plan, colour);
}

std::string plan_json(const Pipeline& pipeline, const Plan& plan) {
  Json cores = Json::array();
  for (const WorkerPlan& worker : plan.workers)
    cores.push_back({{"name", worker.name},
                     {"cpu", worker.cpu},
                     {"node", worker.node},
                     {"elements", names_of(pipeline, worker)},
                     {"ports", ports_of(pipeline, worker)},
                     {"buffers", worker.buffers},
                     {"memory", pool_bytes(pipeline, worker)}});
  Json rings = Json::array();
  for (const RingPlan& ring : plan.rings)
    rings.push_back({{"edge", pipeline.show(pipeline.edges[ring.edge])},
                     {"length", ring.length},
                     {"full", policy_name(ring.full)},
                     {"from", plan.workers[ring.from].name},
                     {"to", plan.workers[ring.to].name},
                     {"closes_cycle", ring.closes_cycle}});
  const Json json{{"pipeline", pipeline.settings.name},
                  {"burst", pipeline.settings.burst},
                  {"packet_size", pipeline.settings.packet_size},
                  {"oversubscribed", plan.oversubscribed},
                  {"cores", cores},
                  {"rings", rings},
                  {"warnings", plan.warnings}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

class PlanCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "plan"; }
  [[nodiscard]] std::string_view summary() const override {
    return "show which core would do what, over which rings, in how much memory";
  }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow plan pipelines/two_cores.toml --topology \"node:2 core:4 pu:2\"";
  }

  void declare(CommandLine& line) override {
    line.positional("FILE", files_, 1, 1, "the pipeline; - is the standard input");
    declare_load_options(line, load_);
    line.value(
        "--topology", "TEXT",
        [this](const std::string& text) {
          return topology_ = text, text.empty() ? "takes a description" : "";
        },
        "plan for this machine, in hwloc's notation: \"node:2 core:4 pu:2\"");
    line.flag("--oversubscribe", options_.oversubscribe, "allow more workers than there are cores");
    line.choice("--format", format_, {"text", "json"}, "of the plan (default text)");
  }

  ExitCode run(Console& console) override {
    const auto reading = load_pipeline(files_.front(), load_, console);
    if (!reading) return reading.error();
    const auto plan = plan_pipeline(*reading, topology_, options_, console);
    if (!plan) return plan.error();
    console.out(format_ == "json" ? plan_json(*reading->pipeline, *plan)
                                  : plan_text(*reading->pipeline, *plan, console.colour_out()));
    for (const auto& warning : plan->warnings) console.warning(warning);
    return ExitCode::ok;
  }

 private:
  std::vector<std::string> files_;
  LoadOptions load_;
  PlanOptions options_;
  std::string topology_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> make_plan_command() {
  return std::make_unique<PlanCommand>();
}

}  // namespace ixyflow::tools
