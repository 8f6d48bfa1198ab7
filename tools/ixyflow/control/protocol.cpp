#include "tools/ixyflow/control/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/diagnostics.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string shown(std::string_view text) {
  return printable(text, 60);
}

/// How deep lists and tables of a text stand in each other, brackets in strings left out. Looked at before
/// the text is parsed, so that what is parsed is never deep.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!quoted && (c == ']' || c == '}') && depth > 0)
      --depth;
  }
  return deepest;
}

/// Error (usage): why it is no JSON.
Result<Json> parse_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return fail(ExitCode::usage, fmt::format("not JSON at byte {}: {}", error.byte, shown(text)));
  } catch (const Json::exception&) {
    return fail(ExitCode::usage, fmt::format("a number is out of range: {}", shown(text)));
  }
}

/// Error (usage): a number does not fit.
Result<Value> to_value(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value(json.get<bool>());
    case Json::value_t::number_unsigned:
      if (json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
        return fail(ExitCode::usage, fmt::format("the number {} is out of range", one_line(json)));
      [[fallthrough]];
    case Json::value_t::number_integer:
      return Value(json.get<std::int64_t>());
    case Json::value_t::number_float:
      return Value(json.get<double>());
    case Json::value_t::string:
      return Value(json.get<std::string>());
    case Json::value_t::array: {
      Value::List list;
      for (const Json& item : json) {
        auto value = to_value(item);
        if (!value) return value;
        list.push_back(std::move(*value));
      }
      return Value(std::move(list));
    }
    case Json::value_t::object: {
      Value::Table table;
      for (const auto& [key, item] : json.items()) {
        auto value = to_value(item);
        if (!value) return value;
        table.push_back({key, {}, std::move(*value)});
      }
      return Value(std::move(table));
    }
    default:
      return Value();
  }
}

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool flag) const { return flag; }
  Json operator()(std::int64_t number) const { return number; }
  Json operator()(double number) const { return number; }
  Json operator()(const std::string& text) const { return text; }
  Json operator()(const Value::List& list) const {
    Json json = Json::array();
    for (const Value& item : list) json.push_back(std::visit(*this, item.data()));
    return json;
  }
  Json operator()(const Value::Table& table) const {
    Json json = Json::object();
    for (const Value::Entry& entry : table) json[entry.key] = std::visit(*this, entry.value.data());
    return json;
  }
};

/// Takes one member of a request; "" or what is wrong with it.
std::string take_member(const std::string& key, const Json& json, Request& request) {
  if (key == "id") {
    constexpr std::size_t kLongestId = 64;
    if (!json.is_number_integer() && !json.is_string() && !json.is_null())
      return "'id' takes an integer or a string";
    if (json.is_string() && json.get_ref<const std::string&>().size() > kLongestId)
      return fmt::format("'id' takes at most {} bytes", kLongestId);
    request.id = one_line(json);
  } else if (key == "method") {
    if (!json.is_string()) return "'method' takes a string";
    request.method = json.get<std::string>();
  } else if (key == "params") {
    if (!json.is_object()) return "'params' takes an object";
    auto value = to_value(json);
    if (!value) return value.error().text;
    request.parameters = *value->get_if<Value::Table>();
  } else {
    const std::string meant = did_you_mean(key, {"id", "method", "params"});
    return fmt::format("unknown key '{}'{}{}", shown(key), meant.empty() ? "" : "; ", meant);
  }
  return "";
}

/// The code of an error that another program sent.
ExitCode exit_code_of(const Json& error) {
  const auto code = error.find("code");
  if (code == error.end() || !code->is_number_integer()) return ExitCode::internal;
  for (const ExitCode known :
       {ExitCode::no, ExitCode::usage, ExitCode::input, ExitCode::unavailable, ExitCode::internal,
        ExitCode::output, ExitCode::again, ExitCode::refused, ExitCode::configuration})
    if (*code == static_cast<int>(known)) return known;
  return ExitCode::internal;
}

}  // namespace

std::string greeting_line(std::string_view pipeline, const std::vector<std::string>& methods) {
  return one_line(
      {{"ixyflow", IXYFLOW_VERSION}, {"protocol", kProtocol}, {"pipeline", pipeline}, {"methods", methods}});
}

std::expected<Request, BadRequest> parse_request(std::string_view line) {
  Request request;
  const auto bad = [&request](std::string text) {
    return std::unexpected(BadRequest{request.id, {ExitCode::usage, std::move(text)}});
  };
  if (line.size() > kLongestRequest)
    return bad(fmt::format("a request has at most {} bytes", kLongestRequest));
  if (depth_of(line) > kDeepestRequest)
    return bad(fmt::format("lists and objects stand in each other at most {} deep", kDeepestRequest));
  const auto json = parse_json(line);
  if (!json) return bad(json.error().text);
  if (!json->is_object()) return bad(fmt::format("a request is an object, not {}", shown(line)));
  // First of all the id, so that whatever else is wrong comes back with it.
  std::string wrong;
  if (const auto id = json->find("id"); id != json->end()) wrong = take_member("id", *id, request);
  for (const auto& [key, value] : json->items())
    if (wrong.empty() && key != "id") wrong = take_member(key, value, request);
  if (wrong.empty() && request.method.empty()) wrong = "'method' is missing";
  if (!wrong.empty()) return bad(std::move(wrong));
  return request;
}

std::string result_line(const std::string& id, const std::string& result) {
  if (result.size() + id.size() + 32 > kLongestReply)
    return error_line(id,
                      {ExitCode::refused, fmt::format("the answer is longer than {} bytes", kLongestReply)});
  return fmt::format(R"({{"id":{},"result":{}}})", id, result);
}

std::string error_line(const std::string& id, const Error& error) {
  return fmt::format(
      R"({{"id":{},"error":{}}})", id,
      one_line({{"code", static_cast<int>(error.code)}, {"message", printable(error.text, 2000)}}));
}

Result<Greeting> parse_greeting(std::string_view line) {
  const auto json = parse_json(line);
  const auto text = [&json](const char* key) {
    const auto found = json->find(key);
    return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!json || !json->is_object() || !json->contains("protocol")) {
    // Who is full or about to end says so instead of greeting.
    if (auto reply = parse_reply(line); !reply && json) return std::unexpected(reply.error());
    return fail(ExitCode::unavailable, fmt::format("it does not greet as ixyflow does: {}", shown(line)));
  }
  if ((*json)["protocol"] != kProtocol)
    return fail(ExitCode::unavailable, fmt::format("it speaks protocol {}, and this program {}",
                                                   shown(one_line((*json)["protocol"])), kProtocol));
  return Greeting{text("ixyflow"), text("pipeline")};
}

std::string request_line(std::string_view method, const Value::Table& parameters) {
  return one_line({{"id", 1}, {"method", method}, {"params", ToJson()(parameters)}});
}

Result<std::string> parse_reply(std::string_view line) {
  const auto json = parse_json(line);
  if (json && json->is_object()) {
    if (const auto result = json->find("result"); result != json->end()) return one_line(*result);
    if (const auto error = json->find("error"); error != json->end() && error->is_object()) {
      const auto message = error->find("message");
      if (message != error->end() && message->is_string())
        return fail(exit_code_of(*error), printable(message->get<std::string>(), 2000));
    }
  }
  return fail(ExitCode::unavailable, fmt::format("it does not answer as ixyflow does: {}", shown(line)));
}

Value scalar_or_text(std::string_view text) {
  if (depth_of(text) == 0) {
    const auto json = parse_json(text);
    if (auto value = json ? to_value(*json) : Result<Value>(Value()); value && !json->is_null() && json)
      return std::move(*value);
  }
  return Value(std::string(text));
}

}  // namespace ixyflow::tools
