#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/messages/event.hpp"
#include "core/base/rights.hpp"

namespace ixyflow {

/// What whoever starts a run may choose.
struct RunOptions {
  Clock::Kind clock = Clock::Kind::real;
  std::uint32_t trace = 0;  ///< follow the first packets, at most 65,535
  bool pin = true;          ///< bind every worker to its CPU
  /// What whoever starts the run still needs while it goes on. Once its ports are started, the process keeps
  /// this and what they need, and nothing else, for good. Nothing: all stays as it is.
  std::optional<Rights> sandbox;
  /// Lines of Print, on the control thread.
  std::function<void(std::string_view)> print;
  /// Whether there is room for one more now; empty: always. While there is none lines stay with the workers,
  /// who hold up sources that can wait.
  std::function<bool()> may_print;
  /// Something happened that an operator wants to know: a core does not answer, or lost its CPU. One
  /// sentence, on the control thread, from `wait`.
  EventSink event;
};

}  // namespace ixyflow
