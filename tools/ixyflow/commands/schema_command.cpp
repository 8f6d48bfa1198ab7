#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/config/keys.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/element/resource.hpp"
#include "tools/ixyflow/commands/commands.hpp"
#include "tools/ixyflow/pipeline/loading.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

// The schema keeps to draft 4 of JSON Schema, the highest that the editors for TOML understand.

/// A value that is nothing but a parameter takes the parameter's type.
Json parameter_reference() {
  return {{"type", "string"}, {"pattern", "^\\$\\{[a-z][a-z0-9_]*\\}$"}};
}

Json any_of(Json first) {
  return {{"anyOf", Json::array({std::move(first), parameter_reference()})}};
}

Json integer_schema(const ParameterSpec& parameter) {
  Json schema{{"type", "integer"}};
  if (parameter.minimum) schema["minimum"] = *parameter.minimum;
  if (parameter.maximum) schema["maximum"] = *parameter.maximum;
  return schema;
}

Json value_schema(const ParameterSpec& parameter) {
  switch (parameter.shape) {
    case ParameterShape::boolean:
      return any_of({{"type", "boolean"}});
    case ParameterShape::integer:
      return any_of(integer_schema(parameter));
    case ParameterShape::number:
      return any_of({{"type", "number"}});
    case ParameterShape::string:
      if (!parameter.choices.empty()) return any_of({{"enum", parameter.choices}});
      return {{"type", "string"}};
    case ParameterShape::list:
      return any_of({{"type", "array"}});
    case ParameterShape::table:
      return any_of({{"type", "object"}});
    case ParameterShape::any:
      return Json::object();
  }
  return Json::object();
}

Json property(const ParameterSpec& parameter) {
  Json schema = value_schema(parameter);
  std::string doc = parameter.doc;
  if (const std::string range = parameter.range(); !range.empty())
    doc += fmt::format(" ({}, {})", parameter.type, range);
  else
    doc += fmt::format(" ({})", parameter.type);
  schema["description"] = doc;
  if (!parameter.default_text.empty()) schema["x-default"] = parameter.default_text;
  return schema;
}

/// A table with exactly these keys, and those of `fixed`.
Json table_schema(const std::vector<ParameterSpec>& parameters, std::string_view doc,
                  Json fixed = Json::object(), std::vector<std::string> required = {}) {
  Json properties = std::move(fixed);
  for (const ParameterSpec& parameter : parameters) {
    properties[parameter.name] = property(parameter);
    if (parameter.required) required.push_back(parameter.name);
  }
  Json schema{
      {"type", "object"}, {"description", doc}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

Json named(std::string_view word, std::string_view doc) {
  return {{"enum", Json::array({word})}, {"description", doc}};
}

/// Tables by the name that the user gives them.
Json by_name(Json entry) {
  return {{"type", "object"},
          {"patternProperties", {{"^[a-z][a-z0-9_]*$", std::move(entry)}}},
          {"additionalProperties", false}};
}

Json ports_schema() {
  Json drivers = Json::array();
  for (const PortSpec* spec : PortRegistry::instance().all())
    drivers.push_back(
        table_schema(spec->parameters, spec->doc, {{"driver", named(spec->name, spec->doc)}}, {"driver"}));
  return by_name({{"anyOf", drivers}});
}

Json elements_schema() {
  Json types = Json::array();
  for (const ElementSpec* spec : ElementRegistry::instance().all()) {
    const Json core{{"type", "string"},
                    {"description", "name of a core in [cores]; without it, where its feeders are"}};
    types.push_back(table_schema(spec->parameters, spec->doc,
                                 {{"type", named(spec->name, spec->doc)}, {"core", core}}, {"type"}));
  }
  return by_name({{"anyOf", types}});
}

Json resources_schema() {
  Json types = Json::array();
  for (const ResourceSpec* spec : ResourceRegistry::instance().all())
    types.push_back(
        table_schema(spec->parameters, spec->doc, {{"type", named(spec->name, spec->doc)}}, {"type"}));
  return by_name({{"anyOf", types}});
}

Json graph_schema() {
  const Json path{{"type", "string"},
                  {"description", "\"in -> count -> out\"; \"x[other] -> y\" leaves by a named output"}};
  return {{"type", "object"},
          {"properties", {{"paths", {{"type", "array"}, {"items", path}}}}},
          {"required", {"paths"}},
          {"additionalProperties", false}};
}

Json frames_schema() {
  return {{"type", "array"},
          {"description", "frames in hexadecimal; 00*18 repeats a byte, # starts a comment"},
          {"items", {{"type", "string"}}}};
}

Json text_schema(std::string_view doc) {
  return {{"type", "string"}, {"description", doc}};
}

/// A table or a list of them.
Json one_or_more(const Json& table) {
  return {{"anyOf", Json::array({table, {{"type", "array"}, {"items", table}}})}};
}

Json test_schema() {
  const Json numbers{{"type", "object"}, {"additionalProperties", {{"type", "integer"}, {"minimum", 0}}}};
  const Json capture = text_schema("a capture, relative to the folder of this file");
  const Json port = text_schema("name of a port");
  const Json in{{"type", "object"},
                {"properties",
                 {{"port", port},
                  {"packets", frames_schema()},
                  {"pcap", capture},
                  {"at", {{"type", "array"}, {"items", text_schema("a duration")}}},
                  {"interval", text_schema("time between two packets")}}},
                {"required", {"port"}},
                {"additionalProperties", false}};
  const Json out{
      {"type", "object"},
      {"properties",
       {{"port", port},
        {"packets", frames_schema()},
        {"pcap", capture},
        {"count",
         {{"type", "integer"}, {"minimum", 0}, {"description", "packets that leave (of those that match)"}}},
        {"match", text_schema("libpcap expression")},
        {"ignore", {{"type", "array"}, {"items", text_schema("name of a header field")}}}}},
      {"required", {"port"}},
      {"additionalProperties", false}};
  const Json table{{"type", "object"},
                   {"properties",
                    {{"name", text_schema("what the test shows, as a sentence")},
                     {"in", one_or_more(in)},
                     {"out", one_or_more(out)},
                     {"counters", numbers},
                     {"drops", numbers},
                     {"set", {{"type", "object"}, {"description", "values of parameters, like --set"}}},
                     {"for", text_schema("virtual time after which the run is stopped")}}},
                   {"additionalProperties", false}};
  return {{"type", "array"}, {"items", table}};
}

Json schema_of(const std::string& key) {
  if (key == "pipeline") return table_schema(pipeline_keys(), "settings of the whole pipeline");
  if (key == "params") return by_name(Json::object());
  if (key == "cores") return by_name(table_schema(core_keys(), "where elements run"));
  if (key == "ports") return ports_schema();
  if (key == "resources") return resources_schema();
  if (key == "elements") return elements_schema();
  if (key == "graph") return graph_schema();
  if (key == "rings")
    return {{"type", "object"},
            {"additionalProperties", table_schema(ring_keys(), "a ring between two cores")}};
  if (key == "test") return test_schema();
  return Json::object();
}

std::string pipeline_schema() {
  Json properties = Json::object();
  for (const TopLevelKey& key : top_level_keys()) {
    properties[key.name] = schema_of(key.name);
    properties[key.name]["description"] = key.doc;
  }
  const Json schema{{"$schema", "http://json-schema.org/draft-04/schema#"},
                    {"title", "ixyflow pipeline"},
                    {"type", "object"},
                    {"properties", properties},
                    {"additionalProperties", false},
                    {"required", {"graph"}}};
  return schema.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

class SchemaCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "schema"; }
  [[nodiscard]] std::string_view summary() const override {
    return "print the JSON Schema of pipeline files, for editors";
  }
  [[nodiscard]] std::string_view example() const override { return "ixyflow schema > ixyflow.schema.json"; }
  void declare(CommandLine& line) override { declare_plugin_option(line, plugins_); }

  ExitCode run(Console& console) override {
    if (!load_plugins(plugins_, console)) return ExitCode::configuration;
    console.out(pipeline_schema());
    return ExitCode::ok;
  }

 private:
  std::vector<std::string> plugins_;
};

}  // namespace

std::unique_ptr<Command> make_schema_command() {
  return std::make_unique<SchemaCommand>();
}

}  // namespace ixyflow::tools
