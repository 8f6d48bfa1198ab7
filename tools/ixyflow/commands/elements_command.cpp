#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/element/resource.hpp"
#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/pipeline/loading.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text_table.hpp"
#include "tools/ixyflow/views/packet_change.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;
using Align = TextTable::Align;

/// The first sentence, or the part of it before a colon or semicolon, for lists.
std::string first_sentence(const std::string& doc) {
  constexpr std::size_t kShortest = 24;
  std::size_t stop = doc.size();
  for (const char* mark : {". ", ": ", "; "}) {
    const std::size_t found = doc.find(mark, mark[0] == '.' ? 0 : kShortest);
    stop = std::min(stop, found);
  }
  std::string sentence = doc.substr(0, stop);
  while (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

std::string inputs_text(const ElementSpec& spec) {
  if (spec.inputs_as_wired) return "any number";
  return std::to_string(spec.inputs.size());
}

std::string outputs_text(const ElementSpec& spec) {
  switch (spec.output_count) {
    case OutputCount::by_parameter:
      return fmt::format("one per entry of '{}'", spec.output_parameter);
    case OutputCount::as_wired:
      return "as many as are wired";
    case OutputCount::declared:
      break;
  }
  return std::to_string(std::ranges::count(spec.exits, ExitKind::output, &ExitSpec::kind));
}

std::string_view replication_text(Replication replication) {
  switch (replication) {
    case Replication::per_core:
      return "one copy per core";
    case Replication::per_flow:
      return "one copy per core, right when all packets of a flow reach the same one";
    case Replication::single:
      return "on one core only";
  }
  return "";
}

std::string default_text(const ParameterSpec& parameter) {
  if (parameter.required) return "required";
  return parameter.default_text.empty() ? "-" : parameter.default_text;
}

/// A name and its sentences, the sentences in a column of their own.
std::string entry(const std::string& name, const std::string& doc, std::size_t column) {
  std::string text = wrapped(doc.empty() ? "-" : doc, column);
  text.replace(0, std::min(column, name.size() + 4), fmt::format("  {}  ", name).substr(0, column));
  return text;
}

std::string section(const std::string& heading,
                    const std::vector<std::pair<std::string, std::string>>& entries, bool colour) {
  if (entries.empty()) return {};
  std::size_t widest = 8;
  for (const auto& [name, doc] : entries) widest = std::max(widest, name.size());
  std::string text = "\n" + paint(heading, Style::heading, colour) + "\n";
  for (const auto& [name, doc] : entries) text += entry(name, doc, std::min<std::size_t>(widest, 24) + 4);
  return text;
}

std::string parameters_text(const std::vector<ParameterSpec>& parameters, bool colour) {
  if (parameters.empty()) return {};
  TextTable table({{"PARAMETER", Align::left},
                   {"TYPE", Align::left},
                   {"DEFAULT", Align::left},
                   {"RANGE", Align::left},
                   {"LIVE", Align::left}});
  for (const ParameterSpec& parameter : parameters)
    table.add({parameter.name, parameter.type, default_text(parameter), parameter.range(),
               parameter.live ? "yes" : ""});
  std::vector<std::pair<std::string, std::string>> docs;
  for (const ParameterSpec& parameter : parameters) docs.emplace_back(parameter.name, parameter.doc);
  // The table first, for the eye; what the parameters mean in sentences below it.
  std::string text = "\n" + table.render(colour) + section("MEANING", docs, colour);
  return text;
}

std::string example_text(const std::string& example, bool colour) {
  if (example.empty()) return {};
  std::string text = "\n" + paint("EXAMPLE", Style::heading, colour) + "\n";
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

std::string element_text(const ElementSpec& spec, bool colour) {
  std::string text = fmt::format("{}\n{}", paint(spec.name, Style::heading, colour), wrapped(spec.doc, 2));
  text += fmt::format("\n  inputs: {}; outputs: {}; {}\n", inputs_text(spec), outputs_text(spec),
                      replication_text(spec.replication));
  text += parameters_text(spec.parameters, colour);
  std::vector<std::pair<std::string, std::string>> inputs;
  for (const auto& input : spec.inputs)
    if (!input.doc.empty()) inputs.emplace_back(input.name, input.doc);
  std::vector<std::pair<std::string, std::string>> outputs;
  std::vector<std::pair<std::string, std::string>> ends;
  for (const auto& exit : spec.exits) {
    if (exit.kind == ExitKind::output)
      outputs.emplace_back(exit.name, exit.doc.empty() ? "the main output" : exit.doc);
    else if (exit.kind == ExitKind::intended)
      ends.emplace_back(exit.name, exit.doc + " (by design)");
    else if (exit.kind == ExitKind::fault)
      ends.emplace_back(exit.name, exit.doc);
  }
  text += section("INPUTS", inputs, colour) + section("OUTPUTS", outputs, colour) +
          section("DROPS", ends, colour);
  std::vector<std::pair<std::string, std::string>> rest;
  for (const auto& counter : spec.counters) rest.emplace_back(counter.name, counter.doc);
  return text + section("COUNTERS", rest, colour) + example_text(spec.example, colour);
}

/// Elements that use resources of this type, each with the parameter that names one.
std::vector<std::pair<std::string, std::string>> users_of(const ResourceSpec& spec) {
  std::vector<std::pair<std::string, std::string>> users;
  for (const ElementSpec* element : ElementRegistry::instance().all())
    for (const ResourceUseSpec& use : element->resources)
      if (use.type == spec.name) users.emplace_back(element->name, use.parameter);
  return users;
}

std::string resource_text(const ResourceSpec& spec, bool colour) {
  std::string text =
      fmt::format("{} (resource)\n{}", paint(spec.name, Style::heading, colour), wrapped(spec.doc, 2));
  text += parameters_text(spec.parameters, colour);
  std::vector<std::pair<std::string, std::string>> users;
  for (const auto& [element, parameter] : users_of(spec))
    users.emplace_back(element, fmt::format("by its parameter '{}'", parameter));
  return text + section("USED BY", users, colour) + example_text(spec.example, colour);
}

std::string port_text(const PortSpec& spec, bool colour) {
  std::string text =
      fmt::format("{} (port driver)\n{}", paint(spec.name, Style::heading, colour), wrapped(spec.doc, 2));
  if (!spec.positional.empty())
    text += fmt::format("\n  --swap PORT={}:{}\n", spec.name, fmt::join(spec.positional, ","));
  text += parameters_text(spec.parameters, colour);
  std::vector<std::pair<std::string, std::string>> drops;
  std::vector<std::pair<std::string, std::string>> counters;
  for (const auto& counter : spec.counters)
    (counter.drop ? drops : counters).emplace_back(counter.name, counter.doc);
  return text + section("DROPS", drops, colour) + section("COUNTERS", counters, colour);
}

Json parameter_json(const ParameterSpec& parameter) {
  Json json{{"name", parameter.name},
            {"type", parameter.type},
            {"doc", parameter.doc},
            {"default", parameter.default_text.empty() ? Json() : Json(parameter.default_text)},
            {"range", parameter.range()},
            {"required", parameter.required},
            {"live", parameter.live}};
  if (!parameter.choices.empty()) json["choices"] = parameter.choices;
  return json;
}

template <class Items, class ToJson>
Json list(const Items& items, ToJson to_json) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(to_json(item));
  return json;
}

Json element_json(const ElementSpec& spec) {
  return {
      {"name", spec.name},
      {"doc", spec.doc},
      {"inputs", inputs_text(spec)},
      {"outputs", outputs_text(spec)},
      {"replication", replication_text(spec.replication)},
      {"parameters", list(spec.parameters, parameter_json)},
      {"exits", list(spec.exits,
                     [](const ExitSpec& exit) {
                       return Json{{"name", exit.name}, {"kind", kind_name(exit.kind)}, {"doc", exit.doc}};
                     })},
      {"counters", list(spec.counters,
                        [](const CounterSpec& counter) {
                          return Json{{"name", counter.name}, {"doc", counter.doc}};
                        })},
      {"example", spec.example}};
}

Json resource_json(const ResourceSpec& spec) {
  return {{"name", spec.name},
          {"doc", spec.doc},
          {"parameters", list(spec.parameters, parameter_json)},
          {"used_by", list(users_of(spec),
                           [](const auto& user) {
                             return Json{{"element", user.first}, {"parameter", user.second}};
                           })},
          {"example", spec.example}};
}

Json port_json(const PortSpec& spec) {
  return {{"name", spec.name},
          {"doc", spec.doc},
          {"parameters", list(spec.parameters, parameter_json)},
          {"counters", list(spec.counters, [](const PortCounterSpec& counter) {
             return Json{{"name", counter.name}, {"doc", counter.doc}, {"drop", counter.drop}};
           })}};
}

class ElementsCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "elements"; }
  [[nodiscard]] std::string_view summary() const override {
    return "list elements, resources and port drivers, or explain one";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow elements Rewrite"; }

  void declare(CommandLine& line) override {
    line.positional("NAME", names_, 0, 1, "an element, a type of resource or a port driver");
    declare_plugin_option(line, plugins_);
    line.choice("--format", format_, {"text", "json"}, "of the list (default text)");
  }

  ExitCode run(Console& console) override {
    if (!load_plugins(plugins_, console)) return ExitCode::configuration;
    return names_.empty() ? show_all(console) : show_one(names_.front(), console);
  }

 private:
  static std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  ExitCode show_all(Console& console) {
    const auto elements = ElementRegistry::instance().all();
    const auto resources = ResourceRegistry::instance().all();
    const auto ports = PortRegistry::instance().all();
    if (format_ == "json") {
      console.out(
          text_of({{"elements", list(elements, [](const auto* spec) { return element_json(*spec); })},
                   {"resources", list(resources, [](const auto* spec) { return resource_json(*spec); })},
                   {"ports", list(ports, [](const auto* spec) { return port_json(*spec); })}}));
      return ExitCode::ok;
    }
    std::vector<std::pair<std::string, std::string>> entries;
    for (const auto* spec : elements) entries.emplace_back(spec->name, first_sentence(spec->doc));
    std::string text = section("ELEMENTS", entries, console.colour_out()).substr(1);
    entries.clear();
    for (const auto* spec : resources) entries.emplace_back(spec->name, first_sentence(spec->doc));
    text += section("RESOURCES", entries, console.colour_out());
    entries.clear();
    for (const auto* spec : ports) entries.emplace_back(spec->name, first_sentence(spec->doc));
    console.out(text + section("PORT DRIVERS", entries, console.colour_out()) +
                "\nixyflow elements NAME explains one of them.\n");
    return ExitCode::ok;
  }

  ExitCode show_one(const std::string& name, Console& console) {
    if (const ElementSpec* spec = ElementRegistry::instance().find(name)) {
      console.out(format_ == "json" ? text_of(element_json(*spec))
                                    : element_text(*spec, console.colour_out()));
      return ExitCode::ok;
    }
    if (const ResourceSpec* spec = ResourceRegistry::instance().find(name)) {
      console.out(format_ == "json" ? text_of(resource_json(*spec))
                                    : resource_text(*spec, console.colour_out()));
      return ExitCode::ok;
    }
    if (const PortSpec* spec = PortRegistry::instance().find(name)) {
      console.out(format_ == "json" ? text_of(port_json(*spec)) : port_text(*spec, console.colour_out()));
      return ExitCode::ok;
    }
    auto names = ElementRegistry::instance().names();
    for (auto& type : ResourceRegistry::instance().names()) names.push_back(std::move(type));
    for (auto& port : PortRegistry::instance().names()) names.push_back(std::move(port));
    const std::string hint = did_you_mean(name, names);
    console.error(fmt::format("there is no element, resource or port driver '{}'{}{}", printable(name, 60),
                              hint.empty() ? "" : "; ", hint));
    return ExitCode::no;
  }

  std::vector<std::string> names_;
  std::vector<std::string> plugins_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> make_elements_command() {
  return std::make_unique<ElementsCommand>();
}

}  // namespace ixyflow::tools
