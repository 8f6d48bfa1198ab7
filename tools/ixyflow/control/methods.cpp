#include "tools/ixyflow/control/methods.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"
#include "core/runtime/control/run.hpp"
#include "tools/ixyflow/control/protocol.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/views/summary.hpp"
#include "tools/ixyflow/views/toml_value.hpp"

namespace ixyflow::tools {
namespace {

/// The parameter called `name`; "" when it is not given.
std::string text_of(const Value::Table& parameters, std::string_view name) {
  const Value::Entry* entry = find(parameters, name);
  return entry != nullptr ? *entry->value.get_if<std::string>() : std::string();
}

Result<Value> done(const Result<void>& result) {
  if (!result) return std::unexpected(result.error());
  return Value();
}

Result<Value> get_statistics(Run& run, const Value::Table& parameters) {
  const std::string format = text_of(parameters, "format");
  if (!format.empty() && format != "json" && format != "text")
    return fail(ExitCode::usage, fmt::format("'format' takes json or text, not '{}'", printable(format, 60)));
  if (format != "text") return summary_json(run.snapshot(), {});
  Look look;
  if (const Value::Entry* colour = find(parameters, "colour")) look.colour = *colour->value.get_if<bool>();
  if (const Value::Entry* columns = find(parameters, "columns"))
    look.columns =
        static_cast<std::size_t>(std::max<std::int64_t>(1, *columns->value.get_if<std::int64_t>()));
  return Value(summary_text(run.snapshot(), look));
}

Result<Value> get_parameters(Run& run, const Value::Table& parameters) {
  const std::string element = text_of(parameters, "element");
  const std::string name = text_of(parameters, "name");
  const auto reports = run.parameters(element);
  if (!reports) return std::unexpected(reports.error());
  Value::List list;
  std::vector<std::string> names;
  for (const ParameterReport& report : *reports) {
    names.push_back(report.name);
    if (name.empty() || report.name == name)
      list.push_back(json_object(
          {{"element", report.element},
           {"name", report.name},
           {"value",
            report.given.get_if<std::monostate>() != nullptr ? value_of_toml(report.value) : report.given},
           {"text", report.value},
           {"live", report.live}}));
  }
  if (name.empty() || !list.empty()) return Value(std::move(list));
  return fail(ExitCode::usage, with_suggestion(fmt::format("element '{}' has no parameter '{}'",
                                                           printable(element, 60), printable(name, 60)),
                                               name, names));
}

Result<Value> set_parameter(Run& run, const Value::Table& parameters) {
  const std::string name = text_of(parameters, "name");
  const auto change = run.set_parameter(name, find(parameters, "value")->value);
  if (!change) return std::unexpected(change.error());
  return json_object({{"name", name},
                      {"before", value_of_toml(change->before)},
                      {"after", value_of_toml(change->after)},
                      {"cores", change->workers},
                      {"seconds", change->seconds}});
}

Result<Value> list_resources(Run& run, const Value::Table&) {
  return JsonItem(run.resources()).take();
}

Result<Value> get_resource(Run& run, const Value::Table& parameters) {
  const auto entries = run.resource_entries(text_of(parameters, "resource"));
  if (!entries) return std::unexpected(entries.error());
  return JsonItem(*entries).take();
}

Result<Value> list_views(Run& run, const Value::Table&) {
  return JsonItem(run.views()).take();
}

Result<Value> get_view(Run& run, const Value::Table& parameters) {
  auto rows = run.view(text_of(parameters, "view"));
  if (!rows) return std::unexpected(rows.error());
  return json_list(*rows, [](const Value::Table& row) { return Value(row); });
}

Result<Value> add_entry(Run& run, const Value::Table& parameters) {
  return done(run.add_entry(text_of(parameters, "resource"), text_of(parameters, "entry")));
}

Result<Value> delete_entry(Run& run, const Value::Table& parameters) {
  return done(run.remove_entry(text_of(parameters, "resource"), text_of(parameters, "entry")));
}

Result<Value> get_run(Run& run, const Value::Table&) {
  const RunStatus status = run.status();
  return json_object({{"state", status.state},
                      {"seconds", status.seconds},
                      {"cores", json_list(status.cores, [](const CoreReport& core) {
                         return json_object({{"name", core.name}, {"cpu", core.cpu}});
                       })}});
}

Result<Value> stop(Run& run, const Value::Table&) {
  run.request_stop("run.stop");
  return Value();
}

Result<Value> list_methods(Run&, const Value::Table&) {
  return json_list(methods(), [](const Method& method) {
    return json_object({{"name", method.name},
                        {"doc", method.doc},
                        {"write", method.access == Access::write},
                        {"params", json_list(method.parameters, [](const MethodParameter& parameter) {
                           return json_object({{"name", parameter.name}, {"required", parameter.required}});
                         })}});
  });
}

constexpr std::string_view kind_name(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::text:
      return "a string";
    case ParameterKind::flag:
      return "a boolean";
    case ParameterKind::number:
      return "an integer";
    case ParameterKind::any:
      break;
  }
  return "anything";
}

bool takes(ParameterKind kind, const Value& value) {
  switch (kind) {
    case ParameterKind::text:
      return value.get_if<std::string>() != nullptr;
    case ParameterKind::flag:
      return value.get_if<bool>() != nullptr;
    case ParameterKind::number:
      return value.get_if<std::int64_t>() != nullptr;
    case ParameterKind::any:
      break;
  }
  return true;
}

Result<void> check_parameters(const Method& method, const Value::Table& parameters) {
  std::vector<std::string> names;
  for (const MethodParameter& parameter : method.parameters) names.emplace_back(parameter.name);
  for (const Value::Entry& entry : parameters) {
    const auto known = std::ranges::find(method.parameters, entry.key, &MethodParameter::name);
    if (known == method.parameters.end())
      return fail(ExitCode::usage,
                  with_suggestion(fmt::format("{} takes no '{}'", method.name, printable(entry.key, 60)),
                                  entry.key, names));
    if (!takes(known->kind, entry.value))
      return fail(ExitCode::usage, fmt::format("'{}' of {} takes {}, not {}", known->name, method.name,
                                               kind_name(known->kind), entry.value.show()));
  }
  for (const MethodParameter& parameter : method.parameters)
    if (parameter.required && find(parameters, parameter.name) == nullptr)
      return fail(ExitCode::usage, fmt::format("{} needs '{}'", method.name, parameter.name));
  return {};
}

Result<Value> call(Run& run, const Request& request, bool may_write) {
  const auto method = std::ranges::find(methods(), request.method, &Method::name);
  if (method == methods().end())
    return fail(ExitCode::usage, with_suggestion(fmt::format("no method '{}'", printable(request.method, 60)),
                                                 request.method, method_names()));
  if (method->access == Access::write && !may_write)
    return fail(ExitCode::refused,
                fmt::format("only root and the user that runs the pipeline may call {}", method->name));
  if (auto good = check_parameters(*method, request.parameters); !good) return std::unexpected(good.error());
  return method->handle(run, request.parameters);
}

}  // namespace

std::span<const Method> methods() {
  using enum Access;
  using enum ParameterKind;
  static const std::vector<Method> kMethods = {
      {"methods.list", "What there is, with parameters.", read, {}, list_methods},
      {"stats.get",
       "Counters of all elements, rings, ports and cores; as the summary of a run, in JSON or as text.",
       read,
       {{"format"}, {"colour", flag}, {"columns", number}},
       get_statistics},
      {"parameters.get",
       "Parameters as they are now: of all elements, of one, or a single one.",
       read,
       {{"element"}, {"name"}},
       get_parameters},
      {"parameters.set",
       "Gives the live parameter ELEMENT.NAME another value.",
       write,
       {{"name", text, true}, {"value", any, true}},
       set_parameter},
      {"resources.list", "Names of the resources.", read, {}, list_resources},
      {"resources.get", "Entries of a resource.", read, {{"resource", text, true}}, get_resource},
      {"resources.add",
       "Puts an entry into a resource.",
       write,
       {{"resource", text, true}, {"entry", text, true}},
       add_entry},
      {"resources.delete",
       "Takes an entry out of a resource.",
       write,
       {{"resource", text, true}, {"entry", text, true}},
       delete_entry},
      {"views.list", "Names of the tables that elements show, as ELEMENT.NAME.", read, {}, list_views},
      {"views.get", "Rows of such a table.", read, {{"view", text, true}}, get_view},
      {"run.get", "State, seconds since the start, and cores with their CPUs.", read, {}, get_run},
      {"run.stop", "Ends the run in order, as SIGTERM does.", write, {}, stop},
  };
  return kMethods;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Method& method : methods()) names.emplace_back(method.name);
  return names;
}

std::string answer(Run& run, std::string_view request, bool may_write) {
  auto parsed = parse_request(request);
  if (!parsed) return error_line(parsed.error().id, parsed.error().error);
  const auto result = call(run, *parsed, may_write);
  return result ? result_line(parsed->id, *result) : error_line(parsed->id, result.error());
}

}  // namespace ixyflow::tools
