#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ixyflow/views/drawing/drawing.hpp"

namespace ixyflow::test {

/// What a drawing in ASCII says, read by eye: along its lines, and from nothing else.
struct ReadDrawing {
  /// "a[other 512]->[1]b": with the output, the length of a ring and the input where they are shown; "->x" of
  /// an output that is not connected.
  std::multiset<std::string> edges;
  std::set<std::string> titles;
  /// What cannot be read: lines that end nowhere, or belong to two nets.
  std::vector<std::string> mistakes;
};

ReadDrawing read_drawing(std::string_view text, const std::set<std::string>& titles);

/// What should be read from a drawing of `drawing`.
ReadDrawing expected_of(const tools::Drawing& drawing);

}  // namespace ixyflow::test
