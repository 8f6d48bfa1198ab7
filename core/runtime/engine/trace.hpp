#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "core/packet/packet.hpp"
#include "core/runtime/engine/trace_step.hpp"

namespace ixyflow {

class Node;

/// The numbers that traced packets get, shared by all workers.
struct TraceNumbers {
  std::atomic<std::uint32_t> next{0};
  std::atomic<std::uint64_t> order{0};
  std::uint32_t limit = 0;
};

/// What one worker saw of the traced packets. Tracing allocates and copies: it is for looking at a pipeline,
/// and only the first packets pay for it.
class Trace {
 public:
  struct Step {
    std::uint64_t order = 0;  ///< over all workers
    TraceStep step;
  };

  explicit Trace(TraceNumbers& numbers) : numbers_(numbers) {}

  /// Packets that a source gives out get the next numbers, as long as there are any.
  void number(std::span<Packet* const> packets) noexcept;
  /// There may be packets to follow.
  [[nodiscard]] bool active() const noexcept { return numbers_.limit != 0; }

  /// A traced packet goes into an element.
  void enter(const Node& node, const Packet& packet);
  /// It leaves by `exit`.
  void leave(const Node& node, PortIndex exit, const Packet& packet, Nanoseconds now);
  /// After the call into the element: a packet that did not leave by a route was handed to a port or is held.
  void settle(const Node& node, Nanoseconds now);

  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

 private:
  void add(TraceStep step);
  [[nodiscard]] static std::uint64_t count_sent(const Node& node) noexcept;

  TraceNumbers& numbers_;
  std::vector<Step> steps_;
  std::vector<std::uint8_t> before_;
  std::uint16_t inside_ = 0;       ///< number of the packet in the element's hands; 0: none, or it has left
  std::uint64_t sent_before_ = 0;  ///< packets that the element had handed to a port
};

}  // namespace ixyflow
