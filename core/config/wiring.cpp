#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/base/text/name_rules.hpp"
#include "core/config/build_context.hpp"
#include "core/config/elements.hpp"
#include "core/config/port_ends.hpp"
#include "core/config/selectors.hpp"
#include "core/config/steps.hpp"
#include "core/config/syntax/limits.hpp"
#include "core/config/syntax/paths.hpp"

namespace ixyflow {
namespace {

/// Reads the paths and makes edges of them.
class Wirer {
 public:
  explicit Wirer(BuildContext& build) : build_(build) {}

  void wire(const Value::Table& graph) {
    check_keys(graph);
    const Value::Entry* paths = find(graph, "paths");
    if (paths == nullptr) return;
    const auto* list = paths->value.get_if<Value::List>();
    if (list == nullptr) {
      build_.diagnostics.error(
          paths->value.where(), fmt::format("'paths' takes a list of texts, not {}", paths->value.kind()),
          fmt::format("paths = [{}]",
                      paths->value.get_if<std::string>() != nullptr ? paths->value.show() : "\"a -> b\""));
      return;
    }
    for (std::size_t i = 0; i < list->size(); ++i)
      add_path((*list)[i], build_.file.one_line() ? &build_.file.paths[i] : nullptr);
    count_open_outputs();
  }

 private:
  void check_keys(const Value::Table& graph) {
    for (const Value::Entry& entry : graph) {
      if (entry.key == "paths") continue;
      std::string hint = build_.suggest(entry.key, [] { return std::vector<std::string>{"paths"}; });
      if (hint.empty()) hint = "takes: paths, a list of texts such as \"in -> count -> out\"";
      build_.diagnostics.error(entry.where, fmt::format("unknown key '{}' in [graph]", printable(entry.key)),
                               std::move(hint));
    }
  }

  /// `located` has the places of its characters where it does not stand in the file as a TOML string.
  void add_path(const Value& value, const LocatedText* located) {
    const auto* written = value.get_if<std::string>();
    if (written == nullptr) {
      build_.paths_wrong = true;
      build_.diagnostics.error(value.where(), fmt::format("a path is a text, not {}", value.kind()),
                               "\"a -> b\"");
      return;
    }
    const LocatedText text = located != nullptr
                                 ? *located
                                 : build_.parameters.expand(locate(build_.lines, value.where(), *written));
    const Path path = parse_path(text, build_.diagnostics);
    if (!path.complete) {
      build_.paths_wrong = true;
      return;
    }
    const Hop* previous = nullptr;
    std::size_t from = 0;
    for (const Hop& hop : path.hops) {
      if (too_many_mistakes(hop)) return;
      const auto element = element_of(hop, place_of(path, hop));
      if (!element) return;
      if (previous != nullptr) connect(from, *previous, *element, hop);
      previous = &hop;
      from = *element;
    }
  }

  /// A file of a few MiB can hold a hundred thousand mistakes; nobody reads them all.
  bool too_many_mistakes(const Hop& hop) {
    constexpr std::size_t kMaxMistakes = 200;
    if (build_.diagnostics.errors() <= kMaxMistakes) return false;
    if (!build_.too_large)
      build_.diagnostics.error(hop.where, "too many mistakes: the rest of the paths is not looked at");
    build_.too_large = true;
    return true;
  }

  /// Where a hop stands in its path.
  enum class Place : std::uint8_t {
    beginning,
    middle,
    end,
  };

  static Place place_of(const Path& path, const Hop& hop) {
    if (&hop == &path.hops.front()) return Place::beginning;
    return &hop == &path.hops.back() ? Place::end : Place::middle;
  }

  /// The element that a hop names or makes; nothing when there are too many.
  std::optional<std::size_t> element_of(const Hop& hop, Place place) {
    std::size_t element = 0;
    if (const auto known = build_.element_of.find(hop.name); known != build_.element_of.end()) {
      element = known->second;
      warn_of_port(hop, place, element);
    } else {
      if (build_.pipeline.elements.size() >= limits::kElements) {
        build_.diagnostics.error(hop.where, fmt::format("more than {} elements", limits::kElements));
        return std::nullopt;
      }
      const auto port = find_port(build_, hop.name);
      element = is_type_name(hop.name) ? add_unnamed(hop)
                : port                 ? end_at(hop, *port, place)
                                       : add_unknown(hop, place);
    }
    build_.wired[element] = true;
    return element;
  }

  /// The element that a port at an end of a path stands for.
  std::size_t end_at(const Hop& hop, std::size_t port, Place place) {
    if (place == Place::beginning) return add_port_end(build_, hop, port, PortUse::receive);
    if (place == Place::end) return add_port_end(build_, hop, port, PortUse::transmit);
    build_.diagnostics.error(
        hop.where, fmt::format("port '{}' stands in the middle of a path", hop.name),
        fmt::format("write two paths: one ends with '-> {0}' and sends to it, one begins with '{0} ->' and "
                    "receives from it",
                    build_.pipeline.ports[port].name));
    build_.port_named[port] = true;
    return nowhere();
  }

  /// Says that the element is meant where a port has the same name, and could be, too: it is not what the
  /// element uses, and no output or input is chosen, of which the end of a port has one.
  void warn_of_port(const Hop& hop, Place place, std::size_t element) {
    if (place == Place::middle || hop.input || hop.output || hop.name.find('.') != std::string::npos) return;
    const auto port = find_port(build_, hop.name);
    const auto& used = build_.pipeline.elements[element].ports;
    if (!port || std::ranges::find(used, *port) != used.end() || !told_of_.insert(hop.name).second) return;
    build_.diagnostics.warning(
        hop.where, fmt::format("'{}' is an element and a port: here the element is meant", hop.name),
        "give one of them another name");
  }

  /// What a hop can be called.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names = build_.element_names();
    std::ranges::copy(build_.port_names(), std::back_inserter(names));
    std::ranges::copy(ElementRegistry::instance().names(), std::back_inserter(names));
    return names;
  }

  std::size_t add_unnamed(const Hop& hop) {
    ElementNode node;
    node.where = hop.where;
    node.name = fmt::format("{}@{}", hop.name, hop.where.line);
    if (const unsigned again = ++unnamed_[node.name]; again > 1) node.name += fmt::format(".{}", again);
    node.spec = ElementRegistry::instance().find(hop.name);
    if (node.spec == nullptr)
      build_.report_unknown(hop.where, "element type", hop.name, [&] { return names(); });
    if (node.spec != nullptr && !complete_without_parameters(*node.spec, hop)) node.spec = nullptr;
    return add_element(build_, std::move(node));
  }

  bool complete_without_parameters(const ElementSpec& spec, const Hop& hop) {
    const auto needed = std::ranges::find_if(spec.parameters, &ParameterSpec::required);
    if (needed == spec.parameters.end()) return true;
    build_.diagnostics.error(
        hop.where,
        fmt::format("{} needs '{}' and cannot stand in a path without a name", hop.name, needed->name),
        spec.ports.empty()
            ? fmt::format("declare it: [elements.NAME] type = \"{}\"", hop.name)
            : "a port stands in a path by its own name: \"wan -> ...\" receives, \"... -> lan\" sends");
    return false;
  }

  /// What was probably meant by an unknown name is fed as that would have been.
  void excuse(std::string_view name) {
    const auto meant = build_.element_of.find(std::string(nearest_name(name, build_.element_names())));
    if (meant == build_.element_of.end()) return;
    build_.wired[meant->second] = true;
    build_.pipeline.edges.push_back(
        {.from = nowhere(), .output = 0, .to = meant->second, .input = 0, .where = {}});
  }

  std::size_t add_unknown(const Hop& hop, Place place) {
    if (build_.may_suggest()) excuse(hop.name);
    if (!is_instance_name(hop.name.substr(0, hop.name.find('.')))) {
      build_.paths_wrong = true;
      build_.report_wrong_name(hop.where, hop.name, "an element");
    } else {
      build_.report_unknown(
          hop.where, "element", hop.name, [&] { return names(); },
          fmt::format("declare it: [elements.{}]{}", hop.name,
                      place == Place::middle ? "" : fmt::format(", or a port: [ports.{}]", hop.name)));
    }
    ElementNode node;
    node.name = hop.name;
    node.where = hop.where;
    const std::size_t element = add_element(build_, std::move(node));
    build_.element_of.emplace(hop.name, element);
    return element;
  }

  void connect(std::size_t from, const Hop& from_hop, std::size_t to, const Hop& to_hop) {
    if (build_.pipeline.edges.size() >= limits::kEdges) {
      if (!too_many_)
        build_.diagnostics.error(to_hop.where, fmt::format("more than {} edges", limits::kEdges));
      too_many_ = true;
      return;
    }
    const auto& nodes = build_.pipeline.elements;
    Edge edge{.from = from, .output = 0, .to = to, .input = 0, .where = to_hop.where};
    const auto input = find_input(build_, nodes[to], to_hop.input ? &*to_hop.input : nullptr, to_hop.where);
    const auto output =
        find_output(build_, nodes[from], from_hop.output ? &*from_hop.output : nullptr, from_hop.where);
    // With a wrong input the packets go to the first one; with a wrong output they come out of nowhere: so
    // that nothing behind looks as if it was not fed.
    edge.input = input.value_or(0);
    edge.output = output.value_or(0);
    if (!output || !claim(edge, from_hop)) edge.from = nowhere();
    ElementNode& target = build_.pipeline.elements[to];
    if (target.spec->inputs_as_wired)
      target.inputs = std::max(target.inputs, static_cast<PortIndex>(edge.input + 1));
    build_.pipeline.edges.push_back(edge);
  }

  /// False when the output is wired already.
  bool claim(const Edge& edge, const Hop& hop) {
    const ElementNode& node = build_.pipeline.elements[edge.from];
    if (node.broken && node.output_names.empty()) return true;
    const auto [owner, fresh] =
        wires_.emplace(edge.from * kMaxOutputs + edge.output, build_.pipeline.edges.size());
    if (fresh) {
      PortIndex& used = used_outputs_[edge.from];
      used = std::max(used, static_cast<PortIndex>(edge.output + 1));
      return true;
    }
    const Edge& first = build_.pipeline.edges[owner->second];
    build_.diagnostics.error(hop.output ? hop.output->where : hop.where,
                             fmt::format("output '{}' of '{}' is wired twice: in line {} to '{}', and here",
                                         printable(node.output_name(edge.output)), node.name,
                                         first.where.line, build_.pipeline.elements[first.to].name),
                             "a Tee copies packets to several outputs");
    return false;
  }

  /// A broken element that feeds what a mistake cut off.
  std::size_t nowhere() {
    if (!nowhere_) {
      nowhere_ = add_element(build_, {});
      build_.wired[*nowhere_] = true;
    }
    return *nowhere_;
  }

  /// Elements with as many outputs as are used have at least one, so that none must be prepared for having
  /// none.
  void count_open_outputs() {
    for (std::size_t i = 0; i < build_.pipeline.elements.size(); ++i) {
      ElementNode& node = build_.pipeline.elements[i];
      if (node.spec->output_count != OutputCount::as_wired) continue;
      const auto used = used_outputs_.find(i);
      const std::size_t count =
          std::max<std::size_t>(used == used_outputs_.end() ? 1 : used->second, node.output_names.size());
      while (node.output_names.size() < count)
        node.output_names.push_back(std::to_string(node.output_names.size()));
      node.outputs = static_cast<PortIndex>(count);
    }
  }

  BuildContext& build_;
  std::unordered_map<std::size_t, std::size_t> wires_;  ///< element and output: index of the edge
  std::unordered_map<std::size_t, PortIndex>
      used_outputs_;  ///< by element: one more than the highest that is wired
  std::unordered_map<std::string, unsigned> unnamed_;  ///< how often a name was made
  std::set<std::string> told_of_;                      ///< names of an element and a port
  std::optional<std::size_t> nowhere_;
  bool too_many_ = false;
};

}  // namespace

namespace {

/// The elements in the order of the file, as a path: what many files mean.
std::string example_path(const BuildContext& build) {
  constexpr std::size_t kShown = 5;
  std::string path;
  const std::size_t count = std::min(build.pipeline.elements.size(), kShown);
  for (std::size_t i = 0; i < count; ++i) path += (i == 0 ? "" : " -> ") + build.pipeline.elements[i].name;
  return fmt::format("paths = [\"{}\"]", count > 1 ? path : "in -> count -> out");
}

}  // namespace

void build_graph(BuildContext& build) {
  const Value::Entry* graph = find(build.file.root, "graph");
  const Value::Table* table = graph != nullptr ? graph->value.get_if<Value::Table>() : nullptr;
  if (graph != nullptr && table == nullptr)
    build.diagnostics.error(graph->where, fmt::format("'graph' must be a table, not {}", graph->value.kind()),
                            "[graph] " + example_path(build));
  Wirer(build).wire(table != nullptr ? *table : Value::Table());
  if (!build.pipeline.edges.empty()) return;
  build.paths_wrong = true;
  if (!build.diagnostics.ok()) return;
  build.diagnostics.error(graph != nullptr ? graph->where : SourceRange(),
                          graph != nullptr ? "the pipeline has no path: nothing would run"
                                           : "[graph] is missing: nothing says how elements are wired",
                          (graph != nullptr ? "" : "[graph] ") + example_path(build));
}

}  // namespace ixyflow
