#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/values/value.hpp"

/// The protocol of the control socket: lines of JSON. The server opens with a greeting, then each request
/// gets one reply, in order. README.md of this folder shows one exchange.
namespace ixyflow::tools {

inline constexpr int kProtocol = 1;
inline constexpr std::size_t kLongestRequest = 64 * 1024;  ///< bytes of a line, without its end
inline constexpr std::size_t kDeepestRequest = 16;         ///< lists and tables inside each other
inline constexpr std::size_t kLongestReply = 4 * 1024 * 1024;
inline constexpr std::size_t kDeepestReply = 32;

/// One request, taken apart.
struct Request {
  std::string id = "null";  ///< as JSON, to be sent back
  std::string method;
  Value::Table parameters;
};

/// Why a line is no request; with its id, as far as one could be read.
struct BadRequest {
  std::string id = "null";
  Error error;
};

// Lines of the server, without their ends.

/// Who answers at a control socket.
struct Greeting {
  std::string version;
  std::string pipeline;
  std::string file;  ///< that the pipeline stands in, absolute; empty: the standard input
  std::int64_t pid = 0;
};

std::string greeting_line(const Greeting& greeting, const std::vector<std::string>& methods);
std::expected<Request, BadRequest> parse_request(std::string_view line);
/// A result that is too long becomes an error.
std::string result_line(const std::string& id, const Value& result);
std::string error_line(const std::string& id, const Error& error);

// Lines of the client.

/// Error (unavailable): it is no greeting, or one of another protocol.
Result<Greeting> parse_greeting(std::string_view line);
std::string request_line(std::string_view method, const Value::Table& parameters);
/// The result. Errors: those of the server; unavailable (it is no reply, or nested deeper than any is).
Result<Value> parse_reply(std::string_view line);

/// `text` as JSON when it is a number, a boolean or a string in JSON, else as the text that it is.
Value scalar_or_text(std::string_view text);

}  // namespace ixyflow::tools
