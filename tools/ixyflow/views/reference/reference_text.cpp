#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tools/ixyflow/terminal/text_table.hpp"
#include "tools/ixyflow/views/reference/reference.hpp"

namespace ixyflow::tools {
namespace {

using Align = TextTable::Align;
/// Names with their sentences.
using Entries = std::vector<std::pair<std::string, std::string>>;

/// The first sentence, or the part of it before a colon or semicolon, for lists.
std::string first_sentence(const std::string& doc) {
  constexpr std::size_t kShortest = 24;
  std::size_t stop = doc.size();
  int brackets = 0;
  for (std::size_t i = 0; i + 1 < doc.size() && stop == doc.size(); ++i) {
    brackets += doc[i] == '(' ? 1 : doc[i] == ')' ? -1 : 0;
    const bool ends = doc[i] == '.' || (i >= kShortest && (doc[i] == ':' || doc[i] == ';'));
    if (brackets == 0 && ends && doc[i + 1] == ' ') stop = i;
  }
  std::string sentence = doc.substr(0, stop);
  while (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

std::string default_text(const ParameterSpec& parameter) {
  if (parameter.required) return "required";
  return parameter.default_text.empty() ? "-" : parameter.default_text;
}

/// A name and its sentences, the sentences in a column of their own.
std::string entry(const std::string& name, const std::string& doc, std::size_t column, Look look) {
  constexpr std::size_t kLeastDoc = 24;
  if (column + kLeastDoc > look.columns) return fmt::format("  {}\n", name) + wrapped(doc, 6, look.columns);
  std::string text = wrapped(doc.empty() ? "-" : doc, column, prose_columns(look));
  text.replace(0, std::min(column, name.size() + 4), fmt::format("  {}  ", name).substr(0, column));
  return text;
}

std::string section(const std::string& heading, const Entries& entries, Look look) {
  if (entries.empty()) return {};
  std::size_t widest = 8;
  for (const auto& [name, doc] : entries) widest = std::max(widest, name.size());
  std::string text = "\n" + paint(heading, Style::heading, look.colour) + "\n";
  for (const auto& [name, doc] : entries)
    text += entry(name, doc, std::min<std::size_t>(widest, 24) + 4, look);
  return text;
}

std::string parameters_text(const std::vector<ParameterSpec>& parameters, Look look) {
  if (parameters.empty()) return {};
  TextTable table({{"PARAMETER", Align::left},
                   {"TYPE", Align::left},
                   {"DEFAULT", Align::left},
                   {"RANGE", Align::left, 2},
                   {"LIVE", Align::left, 1}});
  for (const ParameterSpec& parameter : parameters)
    table.add({parameter.name, parameter.type, default_text(parameter), parameter.range(),
               parameter.live ? "yes" : ""});
  Entries docs;
  for (const ParameterSpec& parameter : parameters) docs.emplace_back(parameter.name, parameter.doc);
  // The table first, for the eye; what the parameters mean in sentences below it.
  std::string text = "\n" + table.render(look) + section("MEANING", docs, look);
  return text;
}

std::string example_text(const std::string& example, Look look) {
  if (example.empty()) return {};
  std::string text = "\n" + paint("EXAMPLE", Style::heading, look.colour) + "\n";
  std::string line;
  for (const char c : example + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (!line.empty() || !text.ends_with("\n\n")) text += line.empty() ? "\n" : "  " + line + "\n";
    line.clear();
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

template <class Specs>
Entries first_sentences(const Specs& specs) {
  Entries entries;
  for (const auto* spec : specs) entries.emplace_back(spec->name, first_sentence(spec->doc));
  return entries;
}

}  // namespace

std::string catalogue_text(Look look) {
  const std::string text = section("ELEMENTS", first_sentences(ElementRegistry::instance().all()), look) +
                           section("RESOURCES", first_sentences(ResourceRegistry::instance().all()), look) +
                           section("PORT DRIVERS", first_sentences(PortRegistry::instance().all()), look);
  return text.substr(1) + "\n" +
         wrapped("ixyflow elements NAME explains one of them.", 0, prose_columns(look));
}

std::string reference_text(const ElementSpec& spec, Look look) {
  std::string text = fmt::format("{}\n{}", paint(spec.name, Style::heading, look.colour),
                                 wrapped(spec.doc, 2, prose_columns(look)));
  text += "\n" + wrapped(fmt::format("inputs: {}; outputs: {}; {}", inputs_text(spec), outputs_text(spec),
                                     replication_text(spec.replication)),
                         2, prose_columns(look));
  text += parameters_text(spec.parameters, look);
  Entries inputs;
  for (const auto& input : spec.inputs)
    if (!input.doc.empty()) inputs.emplace_back(input.name, input.doc);
  Entries outputs;
  Entries ends;
  for (const auto& exit : spec.exits) {
    if (exit.kind == ExitKind::output)
      outputs.emplace_back(exit.name, exit.doc.empty() ? "the main output" : exit.doc);
    else if (exit.kind == ExitKind::intended)
      ends.emplace_back(exit.name, exit.doc + " (by design)");
    else if (exit.kind == ExitKind::fault)
      ends.emplace_back(exit.name, exit.doc);
  }
  text += section("INPUTS", inputs, look) + section("OUTPUTS", outputs, look) + section("DROPS", ends, look);
  Entries rest;
  for (const auto& counter : spec.counters)
    rest.emplace_back(counter.name,
                      counter.kind == CounterKind::sum
                          ? counter.doc
                          : fmt::format("{} ({})", counter.doc, counter_kind_text(counter.kind)));
  Entries views;
  for (const auto& view : spec.views) views.emplace_back(view.name, view.doc);
  return text + section("COUNTERS", rest, look) + section("VIEWS (ixyflow get)", views, look) +
         example_text(spec.example, look);
}

std::string reference_text(const ResourceSpec& spec, Look look) {
  std::string text = fmt::format("{} (resource)\n{}", paint(spec.name, Style::heading, look.colour),
                                 wrapped(spec.doc, 2, prose_columns(look)));
  text += parameters_text(spec.parameters, look);
  Entries users;
  for (const auto& [element, parameter] : users_of(spec))
    users.emplace_back(element, fmt::format("by its parameter '{}'", parameter));
  Entries counters;
  for (const auto& counter : spec.counters) counters.emplace_back(counter.name, counter.doc);
  return text + section("COUNTERS", counters, look) + section("USED BY", users, look) +
         example_text(spec.example, look);
}

std::string reference_text(const PortSpec& spec, Look look) {
  std::string text = fmt::format("{} (port driver)\n{}", paint(spec.name, Style::heading, look.colour),
                                 wrapped(spec.doc, 2, prose_columns(look)));
  if (!spec.positional.empty())
    text += fmt::format("\n  --swap PORT={}:{}\n", spec.name, fmt::join(spec.positional, ","));
  text += parameters_text(spec.parameters, look);
  Entries drops;
  Entries counters;
  for (const auto& counter : spec.counters)
    (counter.drop ? drops : counters).emplace_back(counter.name, counter.doc);
  return text + section("DROPS", drops, look) + section("COUNTERS", counters, look);
}

}  // namespace ixyflow::tools
