#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow {
class Run;
}

namespace ixyflow::tools {

/// What a parameter of a method takes.
enum class ParameterKind : std::uint8_t { text, flag, number, any };

struct MethodParameter {
  std::string_view name;
  ParameterKind kind = ParameterKind::text;
  bool required = false;
};

/// Who may call a method: every client, or root and the user that the run belongs to.
enum class Access : std::uint8_t { read, write };

/// One word of the protocol. Greeting, checks and `methods.list` come from here.
struct Method {
  std::string_view name;
  std::string_view doc;
  Access access = Access::read;
  std::vector<MethodParameter> parameters;
  /// Called with parameters that are right.
  Result<Value> (*handle)(Run& run, const Value::Table& parameters) = nullptr;
};

std::span<const Method> methods();
std::vector<std::string> method_names();

/// Does what a request asks for and returns the line of the reply, whatever the request is. Control thread.
std::string answer(Run& run, std::string_view request, bool may_write);

}  // namespace ixyflow::tools
