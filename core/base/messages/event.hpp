#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace ixyflow {

enum class EventKind : std::uint8_t {
  note,     ///< good to know: a link is up, a core is back
  warning,  ///< something is not as it should be
};

/// Is told what happens while a pipeline runs, one sentence at a time, for its operator.
using EventSink = std::function<void(EventKind, std::string_view)>;

}  // namespace ixyflow
