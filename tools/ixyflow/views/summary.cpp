#include "tools/ixyflow/views/summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"

namespace ixyflow::tools {
namespace {

using Align = TextTable::Align;

std::string destination(const ExitReport& exit, bool only_one) {
  if (!exit.to.empty())
    return only_one || exit.name == "out" ? "-> " + exit.to : fmt::format("[{}] -> {}", exit.name, exit.to);
  switch (exit.kind) {
    case ExitKind::sent:
      return exit.name;
    case ExitKind::consumed:
      return "consumed: " + exit.name;
    case ExitKind::intended:
      return "dropped: " + exit.name;
    case ExitKind::output:
      return "dropped: " + exit.name + " (not connected)";
    case ExitKind::fault:
      return "DROPPED: " + exit.name;
  }
  return exit.name;
}

/// Exits that say something: those that were used, and those that lead somewhere.
std::vector<const ExitReport*> shown_exits(const ElementReport& element) {
  std::vector<const ExitReport*> exits;
  for (const ExitReport& exit : element.exits)
    if (exit.packets > 0 || !exit.to.empty()) exits.push_back(&exit);
  return exits;
}

/// Below the sum: how much of it one copy had.
void add_copy(TextTable& table, const ElementReport& copy) {
  const std::uint64_t packets = copy.in + copy.received + copy.created;
  if (packets == 0) return;
  std::uint64_t bytes = 0;
  for (const ExitReport& exit : copy.exits) bytes += exit.bytes;
  table.add({"", "", copy.core, thousands(packets), thousands(bytes), measured(copy.cycles_per_packet, 1),
             measured(copy.packets_per_batch, 1), ""});
}

void add_element(TextTable& table, const ElementReport& element) {
  const auto exits = shown_exits(element);
  std::uint64_t bytes = 0;
  for (const ExitReport* exit : exits) bytes += exit->bytes;
  std::vector<std::string> cells{element.name,
                                 element.type,
                                 element.core,
                                 thousands(element.in + element.received + element.created),
                                 thousands(bytes),
                                 measured(element.cycles_per_packet, 1),
                                 measured(element.packets_per_batch, 1)};
  const auto style_of = [](const ExitReport& exit) {
    return exit.kind == ExitKind::fault && exit.packets > 0 ? Style::caution : Style::plain;
  };
  if (exits.size() == 1) {
    cells.push_back(destination(*exits.front(), true));
    table.add(std::move(cells), style_of(*exits.front()));
  } else {
    table.add(std::move(cells));
    for (const ExitReport* exit : exits)
      table.add(
          {"", "", "", thousands(exit->packets), thousands(exit->bytes), "", "", destination(*exit, false)},
          style_of(*exit));
  }
  const auto note = [&table](std::uint64_t number, const char* text, Style style) {
    if (number > 0) table.add({"", "", "", thousands(number), "", "", "", text}, style);
  };
  note(element.held, "held", Style::plain);
  note(element.no_buffer, "short of buffers: no_buffer", Style::caution);
  note(element.lost > 0 ? static_cast<std::uint64_t>(element.lost) : 0, "LOST by the element",
       Style::caution);
  note(element.lost < 0 ? static_cast<std::uint64_t>(-element.lost) : 0, "GIVEN ON TWICE by the element",
       Style::caution);
  for (const ElementReport& copy : element.copies) add_copy(table, copy);
}

std::string elements_table(const RunReport& report, Look look) {
  TextTable table({{"ELEMENT", Align::left},
                   {"TYPE", Align::left, 3},
                   {"CORE", Align::left, 1},
                   {"PACKETS", Align::right},
                   {"BYTES", Align::right, 4},
                   {"CYC/PKT", Align::right, 2},
                   {"PKT/BATCH", Align::right, 5},
                   {"WHERE THEY WENT", Align::left}});
  // The core is worth a column only where there are several.
  const bool one_core = report.workers.size() <= 1;
  for (ElementReport element : report.elements) {
    if (one_core) element.core.clear();
    add_element(table, element);
  }
  return table.render(look);
}

std::string counters_table(const RunReport& report, Look look) {
  TextTable table({{"COUNTER", Align::left}, {"VALUE", Align::right}});
  for (const ElementReport& element : report.elements)
    for (const CounterReport& counter : element.counters)
      for (const auto& [name, value] : numbers_of(counter))
        table.add({element.name + "." + name, thousands(value)});
  for (const ResourceReport& resource : report.resources)
    for (const CounterReport& counter : resource.counters)
      table.add({resource.name + "." + counter.name, thousands(counter.value)});
  for (const PortReport& port : report.ports)
    for (const CounterReport& counter : port.counters)
      if (counter.value > 0) table.add({port.name + "." + counter.name, thousands(counter.value)});
  return table.empty() ? "" : "\n" + table.render(look);
}

std::string rings_table(const RunReport& report, Look look) {
  if (report.rings.empty()) return {};
  TextTable table({{"RING", Align::left},
                   {"CORES", Align::left, 1},
                   {"LENGTH", Align::right, 3},
                   {"PACKETS", Align::right},
                   {"AVERAGE", Align::right, 5},
                   {"PEAK", Align::right, 4},
                   {"FULL", Align::right, 6},
                   {"RING_FULL", Align::right},
                   {"STOPPED", Align::right, 2},
                   {"HELD", Align::right, 2}});
  const auto unless_zero = [](std::uint64_t number) {
    return number == 0 ? std::string() : thousands(number);
  };
  const std::string* edge = nullptr;
  for (const RingReport& ring : report.rings) {
    // An edge with many strands is named once.
    const bool again = edge != nullptr && *edge == ring.edge;
    edge = &ring.edge;
    table.add({again ? "" : ring.edge, ring.from + " -> " + ring.to, thousands(ring.length),
               thousands(ring.packets), measured(ring.average, 1), thousands(ring.peak),
               thousands(ring.full_events), unless_zero(ring.dropped), unless_zero(ring.stopped),
               unless_zero(ring.held)},
              ring.dropped > 0 ? Style::caution : Style::plain);
  }
  return "\n" + table.render(look);
}

std::string ports_table(const RunReport& report, Look look) {
  if (report.ports.empty()) return {};
  TextTable table({{"PORT", Align::left},
                   {"DRIVER", Align::left, 1},
                   {"RECEIVED", Align::right},
                   {"BYTES", Align::right, 2},
                   {"SENT", Align::right},
                   {"BYTES", Align::right, 2},
                   {"LOST IN THE PORT", Align::left, 0, true}});
  for (const PortReport& port : report.ports) {
    std::string lost;
    const auto add = [&lost](const std::vector<CounterReport>& drops, const char* direction) {
      for (const CounterReport& drop : drops)
        if (drop.value > 0)
          lost += fmt::format("{}{} {} ({})", lost.empty() ? "" : ", ", thousands(drop.value), drop.name,
                              direction);
    };
    add(port.receive_drops, "in");
    add(port.transmit_drops, "out");
    if (lost.empty()) lost = "-";
    table.add({port.name, port.driver, thousands(port.received), thousands(port.received_bytes),
               thousands(port.transmitted), thousands(port.transmitted_bytes), lost},
              lost == "-" ? Style::plain : Style::caution);
  }
  return "\n" + table.render(look);
}

std::string workers_table(const RunReport& report, Look look) {
  if (report.workers.size() <= 1) return {};
  TextTable table({{"CORE", Align::left},
                   {"CPU", Align::right, 1},
                   {"BUSY", Align::right},
                   {"CYC/PKT", Align::right, 2},
                   {"PKT/ROUND", Align::right, 4},
                   {"ROUNDS", Align::right, 5},
                   {"BUFFERS", Align::right, 3},
                   {"", Align::left}});
  for (const WorkerReport& worker : report.workers)
    table.add({worker.name, std::to_string(worker.cpu), fmt::format("{:.1f} %", 100 * worker.busy),
               measured(worker.cycles_per_packet, 1), measured(worker.packets_per_round, 1),
               thousands(worker.rounds), thousands(worker.buffers), worker.stale ? "did not answer" : ""},
              worker.stale ? Style::caution : Style::plain);
  return "\n" + table.render(look);
}

std::string bottleneck_line(const RunReport& report, Look look) {
  return report.bottleneck.empty() ? "" : "\n" + wrapped(report.bottleneck, 0, prose_columns(look));
}

/// A sentence that asks for attention.
std::string painted_sentence(const std::string& text, Look look) {
  std::string lines = wrapped(text, 0, look.columns);
  lines.pop_back();
  return paint(lines, Style::caution, look.colour) + "\n";
}

std::string headline(const RunReport& report, Look look) {
  // Copies that elements make are no traffic of their own; a generator inside the pipeline is.
  const std::uint64_t packets = report.ledger.received > 0 ? report.ledger.received : report.ledger.created;
  std::uint64_t received = 0;
  std::uint64_t transmitted = 0;
  for (const PortReport& port : report.ports) {
    received += port.received_bytes;
    transmitted += port.transmitted_bytes;
  }
  // One direction, like the packets: what came in and went out again is not twice as much traffic.
  const std::uint64_t bytes = report.ledger.received > 0 ? received : transmitted;
  std::string text = fmt::format("{} in {:.3f} s", plural(packets, "packet"), report.seconds);
  if (report.seconds > 0 && packets > 0)
    text += fmt::format(", {}, {}", scaled(static_cast<double>(packets) / report.seconds, "pps"),
                        scaled(8 * static_cast<double>(bytes) / report.seconds, "bit/s"));
  if (report.stopped_by != "end" && !report.stopped_by.empty())
    text += report.stopped_by == "time" ? ", stopped when its time was over"
                                        : ", stopped by " + report.stopped_by;
  return titled(shortened(printable(report.pipeline), 40), text, look);
}

/// Without a word, nothing would tell numbers that are missing from zeros.
std::string missing_lines(const RunReport& report, Look look) {
  std::string text;
  for (const WorkerReport& worker : report.workers)
    if (worker.stale)
      text += painted_sentence(
          fmt::format("core '{}' did not answer in time: what it has done is missing here", worker.name),
          look);
  return text;
}

std::string sandbox_line(const RunReport& report, Look look) {
  if (report.sandbox_off.empty()) return {};
  return "\n" + painted_sentence(fmt::format("sandbox off: {}", fmt::join(report.sandbox_off, "; ")), look);
}

std::string ledger_line(const RunReport& report, Look look) {
  const Ledger& ledger = report.ledger;
  const bool missing = std::ranges::any_of(report.workers, &WorkerReport::stale);
  const std::string_view verdict = missing             ? "NOT KNOWN: a core did not answer"
                                   : ledger.balanced() ? "OK"
                                                       : "DOES NOT BALANCE";
  std::string text = wrapped(fmt::format("ledger: {}  {}", ledger_text(ledger), verdict), 0, look.columns);
  const std::size_t at = text.rfind(verdict);
  if (at != std::string::npos)
    text.replace(at, verdict.size(),
                 paint(verdict, ledger.balanced() && !missing ? Style::good : Style::bad, look.colour));
  return "\n" + text;
}

}  // namespace

std::string ledger_text(const Ledger& ledger) {
  return fmt::format("received {} + created {} = sent {} + consumed {} + dropped {} + held {}",
                     thousands(ledger.received), thousands(ledger.created), thousands(ledger.sent),
                     thousands(ledger.consumed), thousands(ledger.dropped), thousands(ledger.held));
}

std::string summary_text(const RunReport& report, Look look) {
  return headline(report, look) + missing_lines(report, look) + "\n" + elements_table(report, look) +
         counters_table(report, look) + rings_table(report, look) + ports_table(report, look) +
         workers_table(report, look) + bottleneck_line(report, look) + sandbox_line(report, look) +
         ledger_line(report, look);
}

}  // namespace ixyflow::tools
