#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/device/port.hpp"
#include "tools/ixyflow/views/packet_change.hpp"

namespace ixyflow::tools {

/// What goes into a port during a test, and what came out of it.
struct PortTraffic {
  struct Packet {
    Bytes frame;
    std::uint32_t wire_length = 0;
    Nanoseconds at = 0;
  };
  std::vector<Packet> in;        ///< by time
  std::vector<Packet> out;       ///< in the order in which it left
  const Clock* clock = nullptr;  ///< of the worker that received here
};

/// A port in memory that stands for any other during `ixyflow test`: hands out packets from memory when they
/// are due, and keeps copies of what it is given.
class MemoryPort final : public Port {
 public:
  explicit MemoryPort(std::shared_ptr<PortTraffic> traffic) : traffic_(std::move(traffic)) {}

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  void attach_rx(std::uint16_t queue, const QueueContext& context) override;
  void attach_tx(std::uint16_t queue, const QueueContext& context) override;
  std::uint32_t rx(std::uint16_t queue, std::span<ixyflow::Packet*> packets) noexcept override;
  [[nodiscard]] bool exhausted(std::uint16_t queue) const noexcept override;
  [[nodiscard]] Nanoseconds next_due(std::uint16_t queue) const noexcept override;
  std::uint32_t tx(std::uint16_t queue, std::span<ixyflow::Packet* const> packets) noexcept override;

 private:
  std::shared_ptr<PortTraffic> traffic_;
  std::size_t next_ = 0;
  QueueContext receive_;
  QueueContext transmit_;
};

}  // namespace ixyflow::tools
