#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/views/schema.hpp"

namespace ixyflow::tools {
namespace {

Value described(const char* type, const char* doc) {
  return json_object({{"type", type}, {"description", doc}});
}

Value text(const char* doc) {
  return described("string", doc);
}

Value list_of(Value items) {
  return json_object({{"type", "array"}, {"items", std::move(items)}});
}

/// Integers from 0.
Value number() {
  return json_object({{"type", "integer"}, {"minimum", 0}});
}

/// A table or a list of them.
Value one_or_more(const Value& table) {
  return json_object({{"anyOf", Value::List{table, list_of(table)}}});
}

Value table_with_port(const Value& properties) {
  return json_object({{"type", "object"},
                      {"properties", properties},
                      {"required", std::vector<std::string>{"port"}},
                      {"additionalProperties", false}});
}

Value port() {
  return text("name of a port");
}

Value frames() {
  return with_member(described("array", "frames in hexadecimal; 00*18 repeats a byte, # starts a comment"),
                     "items", json_object({{"type", "string"}}));
}

Value capture() {
  return text("a capture, relative to the folder of this file");
}

Value in_schema() {
  return table_with_port(json_object({{"port", port()},
                                      {"packets", frames()},
                                      {"pcap", capture()},
                                      {"at", list_of(text("a duration"))},
                                      {"interval", text("time between two packets")}}));
}

Value out_schema() {
  return table_with_port(json_object(
      {{"port", port()},
       {"packets", frames()},
       {"pcap", capture()},
       {"count", with_member(number(), "description", "packets that leave (of those that match)")},
       {"match", text("libpcap expression")},
       {"ignore", list_of(text("name of a header field"))}}));
}

}  // namespace

Value test_schema() {
  const Value numbers = json_object({{"type", "object"}, {"additionalProperties", number()}});
  const Value properties = json_object({{"name", text("what the test shows, as a sentence")},
                                        {"in", one_or_more(in_schema())},
                                        {"out", one_or_more(out_schema())},
                                        {"counters", numbers},
                                        {"drops", numbers},
                                        {"set", described("object", "values of parameters, like --set")},
                                        {"for", text("virtual time after which the run is stopped")}});
  return list_of(
      json_object({{"type", "object"}, {"properties", properties}, {"additionalProperties", false}}));
}

}  // namespace ixyflow::tools
