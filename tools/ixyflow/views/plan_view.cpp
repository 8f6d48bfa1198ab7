#include "tools/ixyflow/views/plan_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/packet/mempool.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

using Align = TextTable::Align;

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

std::string unless_zero(std::uint64_t number, const std::string& text) {
  return number == 0 ? "-" : text;
}

std::string cores_table(const Pipeline& pipeline, const Plan& plan, Look look) {
  TextTable table({{"CORE", Align::left},
                   {"CPU", Align::right},
                   {"NODE", Align::right, 2},
                   {"ELEMENTS", Align::left},
                   {"PORT QUEUES", Align::left},
                   {"BUFFERS", Align::right, 3},
                   {"MEMORY", Align::right, 1}});
  // Half of what the numbers leave is for each of the lists.
  constexpr std::size_t kNumbers = 40;
  const std::size_t room = look.columns > kNumbers ? (look.columns - kNumbers) / 2 : 0;
  for (const WorkerPlan& worker : plan.workers) {
    const auto elements = lines_of(names_of(pipeline, worker), std::clamp<std::size_t>(room, 12, 34));
    const auto queues = lines_of(queues_of(pipeline, worker), std::clamp<std::size_t>(room, 12, 20));
    for (std::size_t i = 0; i < std::max<std::size_t>({elements.size(), queues.size(), 1}); ++i) {
      std::vector<std::string> cells(7);
      if (i == 0)
        cells = {worker.name,
                 std::to_string(worker.cpu),
                 std::to_string(worker.node),
                 "",
                 "",
                 unless_zero(worker.buffers, thousands(worker.buffers)),
                 unless_zero(worker.buffers, memory_size(pool_bytes(pipeline, worker)))};
      if (i < elements.size()) cells[3] = elements[i];
      if (i < queues.size()) cells[4] = queues[i];
      table.add(std::move(cells));
    }
  }
  return table.render(look);
}

/// "rx -> work x4"
std::string cores_of(const Plan& plan, const Edge& edge) {
  const auto show = [&](std::size_t element) {
    const auto& copies = plan.workers_of[element];
    const std::string& core = plan.workers[copies.front()].core;
    return copies.size() == 1 ? plan.workers[copies.front()].name
                              : fmt::format("{} x{}", core, copies.size());
  };
  return show(edge.from) + " -> " + show(edge.to);
}

std::string rings_table(const Pipeline& pipeline, const Plan& plan, Look look) {
  TextTable table({{"EDGE", Align::left},
                   {"CORES", Align::left},
                   {"RINGS", Align::right, 2},
                   {"LENGTH", Align::right},
                   {"WHEN FULL", Align::left, 1},
                   {"", Align::left, 3}});
  for (std::size_t i = 0; i < pipeline.edges.size(); ++i) {
    const auto first = std::ranges::find(plan.rings, i, &RingPlan::edge);
    if (first == plan.rings.end()) continue;
    const auto count = std::ranges::count(plan.rings, i, &RingPlan::edge);
    table.add({pipeline.show(pipeline.edges[i]), cores_of(plan, pipeline.edges[i]), std::to_string(count),
               thousands(first->length), std::string(policy_name(first->full)),
               first->closes_cycle ? "closes a cycle" : std::string(kind_of(plan, pipeline.edges[i]))});
  }
  return table.empty() ? "" : "\n" + table.render(look);
}

std::string holders_table(const Pipeline& pipeline, const Plan& plan, Look look) {
  TextTable table({{"HOLDS PACKETS", Align::left},
                   {"CORE", Align::left},
                   {"ROOM", Align::right},
                   {"WHEN FULL", Align::left}});
  for (const HolderView& holder : holders_of(pipeline, plan))
    table.add(
        {holder.name, plan.workers[holder.worker].name, thousands(holder.room), std::string(holder.full)});
  return table.empty() ? "" : "\n" + table.render(look);
}

std::string nodes_table(const Plan& plan, Look look) {
  const bool needed = plan.device_addresses == DeviceAddresses::physical;
  TextTable table({{"NODE", Align::left},
                   {"BUFFERS", Align::right, 3},
                   {"PACKET MEMORY", Align::right},
                   {"DEVICES", Align::right, 1},
                   {"RINGS", Align::right, 2},
                   {"HUGE PAGES", Align::right},
                   {"FREE", Align::right},
                   {"", Align::left, 0, true}});
  for (const NodePlan& node : plan.nodes) {
    const bool enough = node.huge_pages_free >= node.huge_pages;
    table.add({std::to_string(node.node), thousands(node.buffers), memory_size(node.packet_bytes),
               unless_zero(node.device_bytes, memory_size(node.device_bytes)),
               unless_zero(node.ring_bytes, memory_size(node.ring_bytes)), thousands(node.huge_pages),
               thousands(node.huge_pages_free),
               enough || node.huge_pages == 0 ? ""
               : needed                       ? "TOO FEW"
                                              : "4 KiB pages instead"},
              enough || !needed ? Style::plain : Style::bad);
  }
  return "\n" + table.render(look);
}

std::string reasons(const Plan& plan, Look look) {
  std::string text = "\n" + paint("why", Style::heading, look.colour) + "\n";
  for (const Decision& decision : plan.decisions)
    text +=
        wrapped(decision.subject, 2, prose_columns(look)) + wrapped(decision.text, 6, prose_columns(look));
  return text;
}

}  // namespace

std::uint64_t pool_bytes(const Pipeline& pipeline, const WorkerPlan& worker) {
  return worker.buffers == 0 ? 0 : pipeline.buffers.bytes(worker.buffers);
}

std::vector<std::string> queues_of(const Pipeline& pipeline, const WorkerPlan& worker) {
  std::vector<std::string> queues;
  for (const QueuePlan& queue : worker.queues) {
    const bool receive = pipeline.elements[queue.element].spec->ports[queue.use].use == PortUse::receive;
    std::string text =
        fmt::format("{} {} {}", pipeline.ports[queue.port].name, receive ? "rx" : "tx", queue.queue);
    if (std::ranges::find(queues, text) == queues.end()) queues.push_back(std::move(text));
  }
  return queues;
}

std::vector<std::string> names_of(const Pipeline& pipeline, const WorkerPlan& worker) {
  std::vector<std::string> names;
  for (const std::size_t index : worker.elements) names.push_back(pipeline.elements[index].name);
  return names;
}

std::string_view kind_of(const Plan& plan, const Edge& edge) {
  const std::size_t from = plan.workers_of[edge.from].size();
  const std::size_t to = plan.workers_of[edge.to].size();
  if (from == 1 && to == 1) return "one to one";
  if (from == to) return "copy to copy";
  if (to == 1) return "merged";
  const bool same_core = plan.workers[plan.workers_of[edge.from].front()].core ==
                         plan.workers[plan.workers_of[edge.to].front()].core;
  return same_core && from > to ? "merged in groups" : "spread by flow";
}

std::string_view policy_name(FullPolicy policy) {
  return policy == FullPolicy::drop ? "drop" : "wait";
}

std::vector<HolderView> holders_of(const Pipeline& pipeline, const Plan& plan) {
  std::vector<HolderView> holders;
  for (std::size_t worker = 0; worker < plan.workers.size(); ++worker) {
    std::map<std::pair<std::size_t, PortIndex>, std::pair<bool, bool>> polled;  // by whom: waits, does not
    for (const PollPlan& poll : plan.workers[worker].polls)
      for (const PollPlan::Need& need : poll.needs) {
        if (need.kind != PollPlan::Need::Kind::holder) continue;
        auto& [waiting, always] = polled[{need.index, need.input}];
        (poll.waits ? waiting : always) = true;
      }
    for (const auto& [place, by] : polled) {
      const ElementNode& node = pipeline.elements[place.first];
      holders.push_back({node.inputs > 1 ? fmt::format("[{}]{}", place.second, node.name) : node.name, worker,
                         node.element->room(place.second),
                         by.first && by.second ? "wait, drop"
                         : by.first            ? "wait"
                                               : "drop"});
    }
  }
  return holders;
}

std::string plan_text(const Pipeline& pipeline, const Plan& plan, bool explain, Look look) {
  std::uint64_t buffers = 0;
  std::uint64_t bytes = 0;
  for (const NodePlan& node : plan.nodes) {
    buffers += node.buffers;
    bytes += node.packet_bytes;
  }
  const std::string sizes =
      fmt::format("{}, {}, {}, {} of {} bytes in {}; burst {}", plural(plan.workers.size(), "core"),
                  plural(pipeline.elements.size(), "element"), plural(plan.rings.size(), "ring"),
                  plural(buffers, "buffer"), thousands(pipeline.settings.packet_size), memory_size(bytes),
                  pipeline.settings.burst);
  return titled(shortened(pipeline.settings.name, 40), sizes, look) + "\n" +
         cores_table(pipeline, plan, look) + rings_table(pipeline, plan, look) +
         holders_table(pipeline, plan, look) + nodes_table(plan, look) + (explain ? reasons(plan, look) : "");
}

}  // namespace ixyflow::tools
