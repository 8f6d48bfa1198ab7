#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/device/port.hpp"
#include "tools/ixyflow/views/packet_change.hpp"

namespace ixyflow::tools {

/// What goes into a port during a test, and what came out of it.
struct TestTraffic {
  struct Packet {
    Bytes frame;
    std::uint32_t wire_length = 0;
    Nanoseconds at = 0;
  };
  std::vector<Packet> in;        ///< by time
  std::vector<Packet> out;       ///< in the order in which it left
  const Clock* clock = nullptr;  ///< of the worker that received here
};

/// A port that stands for any other during `ixyflow test`: hands out packets from memory when they are due,
/// and keeps copies of what it is given.
class TestPort final : public Port {
 public:
  explicit TestPort(std::shared_ptr<TestTraffic> traffic) : traffic_(std::move(traffic)) {}

  void configure(PortConfiguration& configuration) override;
  [[nodiscard]] PortProperties properties() const override;
  void attach_rx(std::uint16_t queue, const QueueContext& context) override;
  void attach_tx(std::uint16_t queue, const QueueContext& context) override;
  std::uint32_t rx(std::uint16_t queue, std::span<ixyflow::Packet*> packets) noexcept override;
  [[nodiscard]] bool exhausted(std::uint16_t queue) const noexcept override;
  [[nodiscard]] Nanoseconds next_due(std::uint16_t queue) const noexcept override;
  std::uint32_t tx(std::uint16_t queue, std::span<ixyflow::Packet* const> packets) noexcept override;

 private:
  std::shared_ptr<TestTraffic> traffic_;
  std::size_t next_ = 0;
  QueueContext receive_;
  QueueContext transmit_;
};

/// The packets of a capture, read by the port driver `pcap`; at most 1,000,000. Error: the file cannot be
/// read.
Result<std::vector<TestTraffic::Packet>> read_capture(const std::string& path);

}  // namespace ixyflow::tools
