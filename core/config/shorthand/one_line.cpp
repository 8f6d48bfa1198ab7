#include "core/config/shorthand/one_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/config/shorthand/argument_table.hpp"
#include "core/config/syntax/one_line.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"

namespace ixyflow {
namespace {

/// Turns stations into the tables of a file, and paths of their names.
class LineReader {
 public:
  LineReader(PipelineFile& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  void read(Line line) {
    for (auto& path : line)
      for (Station& station : path) declare_name(station);
    Value::List texts;
    for (auto& path : line) {
      for (std::size_t i = 0; i < path.size(); ++i) declare(path[i], i == 0, i + 1 == path.size());
      if (path.size() < 2) continue;
      file_.paths.push_back(text_of(path));
      texts.emplace_back(file_.paths.back().text, path.front().where);
    }
    const SourceRange where{1, 1, 1};
    add("ports", std::move(ports_));
    add("elements", std::move(elements_));
    file_.root.push_back(
        {"graph", where, Value(Value::Table{{"paths", where, Value(std::move(texts), where)}}, where)});
  }

 private:
  void add(const char* section, Value::Table table) {
    const SourceRange where{1, 1, 1};
    if (!table.empty()) file_.root.push_back({section, where, Value(std::move(table), where)});
  }

  /// Names that are given are known before others are made up. A name alone may be that of a driver.
  void declare_name(Station& station) {
    if (station.type.empty()) return;
    if (!station.name.empty() && !names_.insert(station.name).second)
      diagnostics_.error(station.where, fmt::format("'{}' is declared twice", station.name));
  }

  void declare(Station& station, bool first, bool last) {
    if (station.type.empty()) {
      if (names_.contains(station.name) || PortRegistry::instance().find(station.name) == nullptr) return;
      station.type = std::exchange(station.name, {});
      station.port = true;
      station.type_where = station.where;
    }
    if (station.port)
      declare_port(station, first, last);
    else
      declare_element(station);
  }

  void declare_port(Station& station, bool first, bool last) {
    const PortSpec* spec = PortRegistry::instance().find(station.type);
    if (station.name.empty()) station.name = free_name(first ? "in" : last ? "out" : station.type);
    std::vector<std::string> positional;
    if (spec != nullptr) positional = spec->positional;
    const bool one_value = station.arguments.size() == 1 && station.arguments.front().name.empty();
    if (last && !first && one_value && spec != nullptr && !spec->written_to.empty())
      positional = {spec->written_to};
    ports_.push_back(entry_of(station, "driver", spec != nullptr ? &spec->parameters : nullptr, positional));
  }

  void declare_element(Station& station) {
    const ElementSpec* spec = ElementRegistry::instance().find(station.type);
    if (station.name.empty()) station.name = free_name(instance_name(station.type));
    std::vector<std::string> positional;
    if (spec != nullptr && !spec->parameters.empty()) positional = {spec->parameters.front().name};
    elements_.push_back(entry_of(station, "type", spec != nullptr ? &spec->parameters : nullptr, positional));
  }

  /// The table of a port or an element. Of what is unknown (no `parameters`) the arguments mean nothing.
  Value::Entry entry_of(const Station& station, const char* key, const std::vector<ParameterSpec>* parameters,
                        const std::vector<std::string>& positional) {
    Value::Table table{{key, station.type_where, Value(station.type, station.type_where)}};
    const auto fault = [this](SourceRange where, std::string text, std::string hint) {
      diagnostics_.error(where, std::move(text), std::move(hint));
    };
    if (parameters != nullptr)
      for (Value::Entry& entry :
           table_of_arguments(station.arguments, *parameters, positional, station.type, fault)) {
        if (entry.key == key)
          fault(entry.where, fmt::format("'{}' is said already: {}", key, station.type), {});
        table.push_back(std::move(entry));
      }
    return {station.name, station.where, Value(std::move(table), station.where)};
  }

  /// `wanted`, or with a number behind it: "filter", "filter2".
  std::string free_name(const std::string& wanted) {
    std::string name = wanted;
    for (std::size_t& number = numbers_[wanted]; !names_.insert(name).second;)
      name = fmt::format("{}{}", wanted, number = std::max<std::size_t>(number, 1) + 1);
    return name;
  }

  /// A path as a file has it, where every character has its place in the line.
  static LocatedText text_of(const std::vector<Station>& path) {
    LocatedText text;
    const auto append = [&text](std::string_view more, SourceRange where) {
      text.text += more;
      text.at.insert(text.at.end(), more.size(), where);
    };
    for (const Station& station : path) {
      if (!text.text.empty()) append("-> ", station.input ? station.input->where : station.where);
      if (station.input) append(fmt::format("[{}]", station.input->text), station.input->where);
      append(station.name, station.where);
      if (station.output) append(fmt::format("[{}]", station.output->text), station.output->where);
      append(" ", behind(station.output ? station.output->where : station.where));
    }
    text.text.pop_back();
    return text;
  }

  static SourceRange behind(SourceRange where) { return {where.line, where.column + where.length, 1}; }

  PipelineFile& file_;
  Diagnostics& diagnostics_;
  Value::Table ports_;
  Value::Table elements_;
  std::set<std::string> names_;
  std::map<std::string, std::size_t> numbers_;  ///< by name: the last that was put behind it
};

}  // namespace

std::optional<PipelineFile> read_one_line(std::string name, std::string text, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  auto line = parse_line(locate(text), diagnostics);
  if (!line) return std::nullopt;
  PipelineFile file{.path = std::move(name), .text = std::move(text), .root = {}, .folder = {}, .paths = {}};
  LineReader(file, diagnostics).read(*std::move(line));
  if (diagnostics.errors() > errors) return std::nullopt;
  return file;
}

}  // namespace ixyflow
