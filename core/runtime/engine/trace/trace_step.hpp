#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/element/spec.hpp"

namespace ixyflow {

/// One step of a traced packet: what an element did with it.
struct TraceStep {
  std::uint16_t packet = 0;  ///< number of the packet, from 1
  std::string element;
  std::string exit;  ///< the way out: "out", "expired", "held"
  ExitKind kind = ExitKind::output;
  Nanoseconds time = 0;
  std::vector<std::uint8_t> before;  ///< empty at a source
  std::vector<std::uint8_t> after;
};

}  // namespace ixyflow
