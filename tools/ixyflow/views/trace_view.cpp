#include "tools/ixyflow/views/trace_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/net/describe.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"
#include "tools/ixyflow/views/packet_change.hpp"

namespace ixyflow::tools {
namespace {

std::string exit_text(const TraceStep& step) {
  switch (step.kind) {
    case ExitKind::output:
      return step.exit;
    case ExitKind::sent:
      return "sent";
    case ExitKind::consumed:
      return "consumed: " + step.exit;
    case ExitKind::intended:
    case ExitKind::fault:
      return "dropped: " + step.exit;
  }
  return step.exit;
}

std::string heading(const TraceStep& first, Look look) {
  const auto& frame = first.before.empty() ? first.after : first.before;
  return fmt::format("{}  {} bytes  {}\n",
                     paint(fmt::format("packet {}", first.packet), Style::heading, look.colour), frame.size(),
                     describe_frame(frame, static_cast<std::uint32_t>(frame.size())));
}

struct Widths {
  std::size_t element = 0;
  std::size_t exit = 0;
};

std::string step_text(const TraceStep& step, Nanoseconds start, Widths widths, Look look) {
  const std::string what =
      step.before.empty() || step.after.empty() ? "" : describe_change(step.before, step.after);
  // Right-justified seconds, so that the eye finds the slow step.
  const std::string left =
      fmt::format("  +{:<11.9f}  {:<{}}  {:<{}}", static_cast<double>(step.time - start) / 1e9,
                  shortened(step.element, widths.element), widths.element,
                  shortened(exit_text(step), widths.exit), widths.exit);
  const Style style = step.kind == ExitKind::fault ? Style::caution : Style::plain;
  if (what.empty()) return paint(left.substr(0, left.find_last_not_of(' ') + 1), style, look.colour) + "\n";
  const std::size_t columns = prose_columns(look);
  constexpr std::size_t kLeastChanges = 30;
  if (left.size() + kLeastChanges > columns)
    return paint(left.substr(0, left.find_last_not_of(' ') + 1), style, look.colour) + "\n" +
           wrapped(what, 6, columns);
  std::string changes = wrapped(what, left.size() + 2, columns);
  changes.replace(0, left.size(), paint(left, style, look.colour));
  return changes;
}

}  // namespace

std::string trace_text(const std::vector<TraceStep>& steps, Look look) {
  std::vector<const TraceStep*> order;
  Widths widths;
  for (const TraceStep& step : steps) {
    order.push_back(&step);
    widths.element = std::max(widths.element, std::min<std::size_t>(step.element.size(), 24));
    widths.exit = std::max(widths.exit, std::min<std::size_t>(exit_text(step).size(), 28));
  }
  std::ranges::stable_sort(order, {}, [](const TraceStep* step) { return step->packet; });
  std::string text;
  const TraceStep* first = nullptr;
  for (const TraceStep* step : order) {
    if (first == nullptr || first->packet != step->packet) {
      if (first != nullptr) text += "\n";
      first = step;
      text += heading(*first, look);
    }
    text += step_text(*step, first->time, widths, look);
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace ixyflow::tools
