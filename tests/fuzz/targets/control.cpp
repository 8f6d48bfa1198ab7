// The control protocol: whatever a line says, one line of JSON comes back, and the run goes on. The other way
// round, a client understands whatever a server says, or refuses it.

#include <algorithm>
#include <memory>
#include <optional>

#include "core/runtime/control/run.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/tools/control/control_support.hpp"
#include "tools/ixyflow/control/methods.hpp"
#include "tools/ixyflow/control/protocol.hpp"

namespace ixyflow::fuzz {
namespace {

/// Whether the request is for a method that may change the run.
bool may_change(std::string_view line) {
  const auto request = tools::parse_request(line);
  if (!request) return false;
  const auto known = std::ranges::find(tools::methods(), request->method, &tools::Method::name);
  return known != tools::methods().end() && known->access == tools::Access::write;
}

void check_reply(const std::string& reply) {
  expect(std::ranges::none_of(reply, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
         "a reply is one line that can be shown");
  const auto read = tools::parse_reply(reply);
  expect(read || !read.error().text.empty(), "a reply has a result or a reason");
  // That it is no reply is what a client says of the unavailable.
  expect(read || read.error().code != ExitCode::unavailable || reply.find("\"error\"") != std::string::npos,
         "a reply is one");
}

/// All that a request can change, but for the end of the run.
std::string state_of(Run& run) {
  return tools::answer(run, R"({"method":"parameters.get"})", false) +
         tools::answer(run, R"({"method":"resources.get","params":{"resource":"routes"}})", false);
}

/// The same run for every input, until one has changed it: to make one takes as long as many inputs do.
struct KeptRun {
  std::unique_ptr<Run> run = test::small_run();
  std::string state = state_of(*run);
};

void answer_request(Bytes input) {
  static std::optional<KeptRun> kept;
  if (!kept) kept.emplace();
  const std::string_view line = text_of(input);
  if (line.find('\n') != std::string_view::npos) return;
  check_reply(tools::answer(*kept->run, line, false));
  static_cast<void>(tools::parse_greeting(line));
  static_cast<void>(tools::parse_reply(line));
  static_cast<void>(tools::scalar_or_text(line));
  if (!may_change(line)) return;
  const std::string reply = tools::answer(*kept->run, line, true);
  check_reply(reply);
  const auto read = tools::parse_reply(reply);
  // A worker that is late has the change later.
  if (read || read.error().code == ExitCode::again)
    kept.reset();
  else
    expect(state_of(*kept->run) == kept->state, "what was refused has changed nothing");
}

void control_seeds(const Sink& seed) {
  for (const tools::Method& method : tools::methods()) {
    std::string parameters;
    for (const tools::MethodParameter& parameter : method.parameters)
      parameters += (parameters.empty() ? "\"" : ",\"") + std::string(parameter.name) +
                    (parameter.kind == tools::ParameterKind::flag ? "\":true" : "\":\"drop.probability\"");
    seed(R"({"id":1,"method":")" + std::string(method.name) + R"(","params":{)" + parameters + "}}");
  }
  seed(R"({"id":1,"method":"parameters.set","params":{"name":"drop.probability","value":0.5}})");
  seed(R"({"id":"a","method":"resources.add","params":{"resource":"routes","entry":"10.1.0.0/16 0"}})");
  seed(R"({"id":[{}],"method":"resources.delete","params":{"resource":"routes","entry":"10.0.0.0/8"}})");
  seed(
      tools::greeting_line({.version = {}, .pipeline = "small", .file = "/a.toml", .pid = 1}, {"stats.get"}));
  seed(tools::error_line("1", {ExitCode::usage, "why"}));
}

void control_words(const Sink& word) {
  for (const tools::Method& method : tools::methods()) {
    word(method.name);
    for (const tools::MethodParameter& parameter : method.parameters) word(parameter.name);
  }
  for (const char* sign :
       {"{", "}", "[", "]", "\"id\":", "\"method\":", "\"params\":", "null", "true", "1e999", "\\u0000",
        "\\ud800", "drop.probability", "routes", "10.1.0.0/16 1", "result", "error"})
    word(sign);
}

const Registered control_target({.name = "control",
                                 .run = answer_request,
                                 .seeds = control_seeds,
                                 .words = control_words,
                                 .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz
