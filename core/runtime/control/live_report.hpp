#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/values/value.hpp"

namespace ixyflow {

/// A parameter of an element as it is now.
struct ParameterReport {
  std::string element;
  std::string name;
  std::string value;  ///< as in TOML; empty for one that has none
  /// As the file has it, of one with a grammar of its own; without data otherwise.
  Value given;
  bool live = false;
};

/// A core of a run, and the CPU that it is on.
struct CoreReport {
  std::string name;
  int cpu = 0;
};

/// How a run stands, without a word from its workers.
struct RunStatus {
  std::string_view state;  ///< "running", "draining" (its sources have ended), "ended"
  double seconds = 0;      ///< since it started
  std::vector<CoreReport> cores;
};

/// What `Run::set_parameter` did.
struct ParameterChange {
  std::string before;  ///< as in TOML
  std::string after;
  std::vector<std::string> workers;  ///< where copies of the element took it over
  double seconds = 0;                ///< until the last one had
};

}  // namespace ixyflow
