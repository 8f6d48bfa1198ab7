#pragma once

#include <string>
#include <vector>

namespace ixyflow {

/// A parameter of an element as it is now.
struct ParameterReport {
  std::string element;
  std::string name;
  std::string value;  ///< as in TOML; empty for one that has none
  bool live = false;
};

/// What `Run::set_parameter` did.
struct ParameterChange {
  std::string before;  ///< as in TOML
  std::string after;
  std::vector<std::string> workers;  ///< where copies of the element took it over
  double seconds = 0;                ///< until the last one had
};

}  // namespace ixyflow
