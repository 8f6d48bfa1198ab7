#include "tools/ixyflow/control/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/base/diagnostics.hpp"
#include "core/base/text/suggestion.hpp"
#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/json/json.hpp"

namespace ixyflow::tools {
namespace {

std::string one_line(const Value& value) {
  return write_json(value, JsonLayout::line);
}

std::string shown(std::string_view text) {
  return printable(text, 60);
}

/// "" or what is wrong with the id, which is sent back as it came.
std::string take_id(const std::string& json, Request& request) {
  constexpr std::size_t kLongestId = 64;
  const auto value = parse_json(json);
  // A number that is out of range is an id as any other; of what has numbers in it nothing is.
  const bool number = json.starts_with('-') || (!json.empty() && json[0] >= '0' && json[0] <= '9');
  if (!value && !number) return "'id' takes an integer or a string";
  const auto* text = value ? value->get_if<std::string>() : nullptr;
  if (value && text == nullptr && value->get_if<std::int64_t>() == nullptr &&
      value->get_if<std::uint64_t>() == nullptr && value->get_if<std::monostate>() == nullptr)
    return "'id' takes an integer or a string";
  if (text != nullptr && text->size() > kLongestId)
    return fmt::format("'id' takes at most {} bytes", kLongestId);
  request.id = json;
  return "";
}

/// Takes one member of a request, the id left out; "" or what is wrong with it.
std::string take_member(const JsonMember& member, Request& request) {
  const auto& [key, json] = member;
  if (key != "method" && key != "params")
    return with_suggestion(fmt::format("unknown key '{}'", shown(key)), key, {"id", "method", "params"});
  const auto value = parse_json(json);
  if (key == "method") {
    const auto* text = value ? value->get_if<std::string>() : nullptr;
    if (text == nullptr) return "'method' takes a string";
    request.method = *text;
  } else {
    if (!json.starts_with('{')) return "'params' takes an object";
    if (!value) return value.error().text;
    request.parameters = *value->get_if<Value::Table>();
  }
  return "";
}

/// A line of a server, which may be a false one: whoever walks through what it says does so by recursion.
Result<Value> parse_bounded(std::string_view line) {
  if (json_depth(line) <= kDeepestReply) return parse_json(line);
  return fail(ExitCode::unavailable, "lists and objects are nested too deep");
}

/// The code of an error that another program sent.
ExitCode exit_code_of(const Value& error) {
  const auto* code = member<std::int64_t>(error, "code");
  if (code == nullptr) return ExitCode::internal;
  for (const ExitCode known :
       {ExitCode::no, ExitCode::usage, ExitCode::input, ExitCode::unavailable, ExitCode::internal,
        ExitCode::output, ExitCode::again, ExitCode::refused, ExitCode::configuration})
    if (*code == static_cast<int>(known)) return known;
  return ExitCode::internal;
}

}  // namespace

std::string greeting_line(const Greeting& greeting, const std::vector<std::string>& methods) {
  return one_line(json_object({{"ixyflow", IXYFLOW_VERSION},
                               {"protocol", kProtocol},
                               {"pipeline", greeting.pipeline},
                               {"file", json_or_null(greeting.file)},
                               {"pid", greeting.pid},
                               {"methods", methods}}));
}

std::expected<Request, BadRequest> parse_request(std::string_view line) {
  Request request;
  const auto bad = [&request](std::string text) {
    return std::unexpected(BadRequest{request.id, {ExitCode::usage, std::move(text)}});
  };
  if (line.size() > kLongestRequest)
    return bad(fmt::format("a request has at most {} bytes", kLongestRequest));
  if (json_depth(line) > kDeepestRequest)
    return bad(fmt::format("lists and objects stand in each other at most {} deep", kDeepestRequest));
  const auto members = parse_json_members(line, fmt::format("a request is an object, not {}", shown(line)));
  if (!members) return bad(members.error().text);
  // First of all the id, so that whatever else is wrong comes back with it.
  std::string wrong;
  const auto id = std::ranges::find(*members, "id", &JsonMember::first);
  if (id != members->end()) wrong = take_id(id->second, request);
  for (const JsonMember& member : *members)
    if (wrong.empty() && member.first != "id") wrong = take_member(member, request);
  if (wrong.empty() && request.method.empty()) wrong = "'method' is missing";
  if (!wrong.empty()) return bad(std::move(wrong));
  return request;
}

std::string result_line(const std::string& id, const Value& result) {
  const std::string json = one_line(result);
  if (json.size() + id.size() + 32 > kLongestReply)
    return error_line(id,
                      {ExitCode::refused, fmt::format("the answer is longer than {} bytes", kLongestReply)});
  return fmt::format(R"({{"id":{},"result":{}}})", id, json);
}

std::string error_line(const std::string& id, const Error& error) {
  return fmt::format(R"({{"id":{},"error":{}}})", id,
                     one_line(json_object({{"code", static_cast<int>(error.code)},
                                           {"message", printable(error.text, 2000)}})));
}

Result<Greeting> parse_greeting(std::string_view line) {
  const auto json = parse_bounded(line);
  const Value::Entry* protocol = json ? json->find("protocol") : nullptr;
  if (protocol == nullptr) {
    // Who is full or about to end says so instead of greeting.
    if (auto reply = parse_reply(line); !reply && json) return std::unexpected(reply.error());
    return fail(ExitCode::unavailable, fmt::format("it does not greet as ixyflow does: {}", shown(line)));
  }
  if (const auto* number = protocol->value.get_if<std::int64_t>(); number == nullptr || *number != kProtocol)
    return fail(ExitCode::unavailable, fmt::format("it speaks protocol {}, and this program {}",
                                                   shown(one_line(protocol->value)), kProtocol));
  const auto* pid = member<std::int64_t>(*json, "pid");
  return Greeting{text_at(*json, "ixyflow"), text_at(*json, "pipeline"), text_at(*json, "file"),
                  pid != nullptr ? *pid : 0};
}

std::string request_line(std::string_view method, const Value::Table& parameters) {
  return one_line(json_object({{"id", 1}, {"method", method}, {"params", Value(parameters)}}));
}

Result<Value> parse_reply(std::string_view line) {
  const auto json = parse_bounded(line);
  if (json) {
    if (const Value::Entry* result = json->find("result")) return result->value;
    const Value::Entry* error = json->find("error");
    if (const auto* message = error == nullptr ? nullptr : member<std::string>(error->value, "message"))
      return fail(exit_code_of(error->value), printable(*message, 2000));
  }
  return fail(ExitCode::unavailable, fmt::format("it does not answer as ixyflow does: {}", shown(line)));
}

Value scalar_or_text(std::string_view text) {
  if (json_depth(text) == 0)
    if (auto value = parse_json(text); value && value->get_if<std::monostate>() == nullptr)
      return std::move(*value);
  return Value(std::string(text));
}

}  // namespace ixyflow::tools
