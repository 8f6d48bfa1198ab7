#include "core/base/values/parameters.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/views/packet_change.hpp"
#include "tools/ixyflow/views/reference/reference.hpp"

namespace ixyflow::tools {
namespace {

Value parameter_json(const ParameterSpec& parameter) {
  const Value json = json_object({{"name", parameter.name},
                                  {"type", parameter.type},
                                  {"doc", parameter.doc},
                                  {"default", json_or_null(parameter.default_text)},
                                  {"range", parameter.range()},
                                  {"required", parameter.required},
                                  {"live", parameter.live}});
  return parameter.choices.empty() ? json : with_member(json, "choices", parameter.choices);
}

Value exit_spec_json(const ExitSpec& exit) {
  return json_object({{"name", exit.name}, {"kind", kind_name(exit.kind)}, {"doc", exit.doc}});
}

Value counter_json(const CounterSpec& counter) {
  return json_object(
      {{"name", counter.name}, {"kind", counter_kind_text(counter.kind)}, {"doc", counter.doc}});
}

Value resource_counter_json(const ResourceCounterSpec& counter) {
  return json_object({{"name", counter.name}, {"doc", counter.doc}});
}

Value view_json(const ViewSpec& view) {
  return json_object({{"name", view.name}, {"doc", view.doc}});
}

Value port_counter_json(const PortCounterSpec& counter) {
  return json_object({{"name", counter.name}, {"doc", counter.doc}, {"drop", counter.drop}});
}

Value user_json(const std::pair<std::string, std::string>& user) {
  return json_object({{"element", user.first}, {"parameter", user.second}});
}

template <class Specs>
Value references(const Specs& specs) {
  return json_list(specs, [](const auto* spec) { return reference_json(*spec); });
}

}  // namespace

Value catalogue_json() {
  return json_object({{"elements", references(ElementRegistry::instance().all())},
                      {"resources", references(ResourceRegistry::instance().all())},
                      {"ports", references(PortRegistry::instance().all())}});
}

Value reference_json(const ElementSpec& spec) {
  return json_object({{"name", spec.name},
                      {"doc", spec.doc},
                      {"inputs", inputs_text(spec)},
                      {"outputs", outputs_text(spec)},
                      {"replication", replication_text(spec.replication)},
                      {"parameters", json_list(spec.parameters, parameter_json)},
                      {"exits", json_list(spec.exits, exit_spec_json)},
                      {"counters", json_list(spec.counters, counter_json)},
                      {"views", json_list(spec.views, view_json)},
                      {"example", spec.example}});
}

Value reference_json(const ResourceSpec& spec) {
  return json_object({{"name", spec.name},
                      {"doc", spec.doc},
                      {"parameters", json_list(spec.parameters, parameter_json)},
                      {"counters", json_list(spec.counters, resource_counter_json)},
                      {"used_by", json_list(users_of(spec), user_json)},
                      {"example", spec.example}});
}

Value reference_json(const PortSpec& spec) {
  return json_object({{"name", spec.name},
                      {"doc", spec.doc},
                      {"parameters", json_list(spec.parameters, parameter_json)},
                      {"counters", json_list(spec.counters, port_counter_json)}});
}

}  // namespace ixyflow::tools
