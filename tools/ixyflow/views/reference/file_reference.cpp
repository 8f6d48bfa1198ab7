#include "tools/ixyflow/views/reference/file_reference.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "core/config/keys/file_keys.hpp"
#include "core/config/keys/test_keys.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/resource.hpp"
#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {
namespace {

/// Columns of the page, wherever it is printed: a file of it is kept.
constexpr std::size_t kPageWidth = 80;

std::string paragraph(std::string_view text) {
  return "\n" + wrapped(text, 0, kPageWidth);
}

/// "integer, 1..256; default `64`".
std::string form_of(const ParameterSpec& key) {
  std::string form = key.type;
  if (const std::string range = key.range(); !range.empty() && key.shape != ParameterShape::table)
    form += ", " + range;
  if (key.required) return form + "; required";
  return key.default_text.empty() ? form : fmt::format("{}; default `{}`", form, key.default_text);
}

std::string list_of(const std::vector<ParameterSpec>& keys) {
  std::string text = keys.empty() ? "" : "\n";
  for (const ParameterSpec& key : keys) {
    std::string doc = key.doc;
    while (doc.ends_with('.')) doc.pop_back();
    std::string item = wrapped(fmt::format("`{}` ({}): {}.", key.name, form_of(key), doc), 2, kPageWidth);
    text += item.replace(0, 2, "- ");
  }
  return text;
}

std::string part(std::string_view heading, std::string_view doc, const std::vector<ParameterSpec>& keys) {
  return fmt::format("\n### {}\n", heading) + paragraph(doc) + list_of(keys);
}

template <class Specs>
std::string parts(std::string_view key, const Specs& specs) {
  std::string text;
  for (const auto* spec : specs)
    text += part(fmt::format("{} = \"{}\"", key, spec->name), spec->doc, spec->parameters);
  return text;
}

std::string keys_of(std::string_view table) {
  if (table == "pipeline") return list_of(pipeline_keys());
  if (table == "cores") return list_of(core_keys());
  if (table == "ports") return list_of(port_keys()) + parts("driver", PortRegistry::instance().all());
  if (table == "resources")
    return list_of(resource_keys()) + parts("type", ResourceRegistry::instance().all());
  if (table == "elements") return list_of(element_keys());
  if (table == "graph") return list_of(graph_keys());
  if (table == "rings") return list_of(ring_keys());
  if (table == "test")
    return list_of(test_keys()) + part("in = { ... }", "Packets that a port receives.", test_input_keys()) +
           part("out = { ... }", "What a port is given to send.", test_output_keys());
  return {};
}

}  // namespace

std::string file_reference() {
  std::string text = "# Every key of a pipeline file\n";
  text += paragraph(
      "As `ixyflow elements --file` prints it. The keys of each type of element are shown by `ixyflow elements "
      "TYPE`; `ixyflow schema` is the same for editors.");
  text += paragraph(
      "Names are lower-case letters, digits and `_`. Durations and rates have a unit (`\"2ms\"`, `\"10Mpps\"`, "
      "`\"1Gbit/s\"`), sizes of memory may have one (`\"64KiB\"`). Paths of files count from the folder of the "
      "pipeline file; what is given on the command line, also for a `${name}`, from the working folder.");
  for (const TopLevelKey& key : top_level_keys())
    text += fmt::format("\n## {}\n", key.form) + paragraph(key.doc) + keys_of(key.name);
  return text;
}

}  // namespace ixyflow::tools
