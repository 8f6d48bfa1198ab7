#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/values/parameters.hpp"

namespace ixyflow {
namespace drivers {

/// The captures that a port reads: "in.pcap", or ["a.pcap", "b.pcap"].
struct CapturePaths {
  std::vector<std::string> paths;  ///< none: ""
};

}  // namespace drivers

template <>
struct ParameterType<drivers::CapturePaths> {
  static constexpr std::string_view kName = "path or list of paths";
  static constexpr ParameterShape kShape = ParameterShape::any;
  static std::optional<drivers::CapturePaths> parse(const Value& value, const ParameterSpec& spec,
                                                    Diagnostics& diagnostics) {
    using Paths = std::vector<std::string>;
    if (value.get_if<Value::List>() == nullptr) {
      auto path = ParameterType<std::string>::parse(value, spec, diagnostics);
      if (!path) return std::nullopt;
      return drivers::CapturePaths{path->empty() ? Paths{} : Paths{std::move(*path)}};
    }
    auto paths = ParameterType<Paths>::parse(value, spec, diagnostics);
    if (!paths) return std::nullopt;
    return drivers::CapturePaths{std::move(*paths)};
  }
  static std::string show(const drivers::CapturePaths& captures) {
    if (captures.paths.empty()) return "";
    return captures.paths.size() == 1 ? quote(captures.paths.front())
                                      : ParameterType<std::vector<std::string>>::show(captures.paths);
  }
};

}  // namespace ixyflow
