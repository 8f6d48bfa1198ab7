#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "core/graph/pipeline.hpp"
#include "core/packet/packet.hpp"
#include "core/runtime/engine/trace/trace_step.hpp"

namespace ixyflow {

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

  /// A traced packet goes into an element that has handed `sent` packets to a port so far.
  void enter(const Packet& packet, std::uint64_t sent);
  /// It leaves `element` by `exit`, which leads somewhere or, although it is an output, nowhere.
  void leave(const ElementNode& element, PortIndex exit, bool connected, const Packet& packet,
             Nanoseconds now);
  /// After the call into the element: a packet that did not leave by a route was handed to a port, when the
  /// element has `sent` more packets now, or is held.
  void settle(const ElementNode& element, std::uint64_t sent, Nanoseconds now);

  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

 private:
  void add(TraceStep step);

  TraceNumbers& numbers_;
  std::vector<Step> steps_;
  std::vector<std::uint8_t> before_;
  std::uint16_t inside_ = 0;       ///< number of the packet in the element's hands; 0: none, or it has left
  std::uint64_t sent_before_ = 0;  ///< packets that the element had handed to a port
};

}  // namespace ixyflow
