#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/control/fault_switches.hpp"
#include "tools/ixgbe-model/card/control/interrupt_unit.hpp"
#include "tools/ixgbe-model/card/control/statistics.hpp"
#include "tools/ixgbe-model/card/control/system_time.hpp"
#include "tools/ixgbe-model/card/queue/queue_bank.hpp"
#include "tools/ixgbe-model/card/transmit/offload.hpp"

namespace ixyflow::model {

/// Where frames leave to: the wire, or back into the port.
class Egress {
 public:
  /// `queue`: that it was sent from. False: not now.
  virtual bool send_frame(std::span<const std::byte> frame, std::uint32_t queue) noexcept = 0;

 protected:
  ~Egress() = default;
};

/// What the driver gave that cannot be sent.
struct TransmitDrops {
  std::uint64_t malformed = 0;  ///< no length, a context that does not fit
  std::uint64_t too_long = 0;   ///< longer than the MAC sends
  std::uint64_t bad_fcs = 0;    ///< the driver's own FCS is wrong: the other end drops the frame
  std::uint64_t bad_address =
      0;  ///< the descriptor or its buffer is not the device's to read: the queue stops
};

/// From the driver's memory to the wire (7.2). Model thread only.
class Transmit final : public QueueEvents {
 public:
  Transmit(bool mapped, RegisterFile& file, GuestMemory& memory, Statistics& statistics,
           InterruptUnit& interrupts, SystemTime& time, FaultSwitches& faults, Egress& egress);

  void reset() noexcept;
  QueueBank& queues() noexcept { return queues_; }
  [[nodiscard]] const QueueBank& queues() const noexcept { return queues_; }

  [[nodiscard]] bool enabled() const noexcept;

  /// Sends what is there, bounded. True when something moved.
  bool poll(Nanoseconds now) noexcept;

  [[nodiscard]] const TransmitDrops& drops() const noexcept { return drops_; }
  [[nodiscard]] std::uint64_t packets(std::uint32_t queue) const noexcept {
    return states_[queue].counts.packets;
  }
  [[nodiscard]] std::uint64_t bytes(std::uint32_t queue) const noexcept {
    return states_[queue].counts.bytes;
  }

  void queue_starts(std::uint32_t index) noexcept override;
  void queue_stops(std::uint32_t index, bool gone) noexcept override;

 private:
  static constexpr std::uint32_t kBurst = 128;  ///< frames of a queue per poll: as many as are received
  static constexpr std::uint32_t kContexts = 2;

  /// Frames, without FCS.
  struct Counts {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };
  /// A descriptor that is done and is to say so.
  struct Done {
    std::uint32_t index = 0;
    Descriptor descriptor;
  };
  struct State {
    std::array<OffloadContext, kContexts> contexts;
    std::uint32_t segments_sent = 0;  ///< of the packet at the head
    bool broken = false;              ///< stopped by an address that is not there
    std::vector<Done> done;
    Nanoseconds done_since = 0;
    Counts counts;
  };
  enum class Gathered : std::uint8_t { packet, context, incomplete, bad_address };
  enum class Sent : std::uint8_t { yes, dropped, later };

  bool poll_queue(Queue& queue, Nanoseconds now) noexcept;
  Gathered gather(const Queue& queue, std::uint32_t from, std::uint32_t available) noexcept;
  [[nodiscard]] std::size_t gathered_bytes() const noexcept;
  bool assemble() noexcept;

  Sent send(State& state) noexcept;
  Sent send_large(State& state, const OffloadContext& context) noexcept;
  Sent send_advanced(const OffloadContext& context) noexcept;
  Sent send_legacy() noexcept;
  Sent finish(std::span<const std::byte> frame, bool add_fcs) noexcept;
  Sent put(std::span<const std::byte> frame) noexcept;
  Sent drop(std::uint64_t& reason) noexcept;
  std::vector<std::byte>& changeable() noexcept;
  [[nodiscard]] Segmentation::FlagMasks flag_masks() const noexcept;
  [[nodiscard]] std::uint16_t vlan_type() const noexcept {
    return static_cast<std::uint16_t>(file_.get(reg::kDmatxctl) >> 16);
  }

  void count(std::uint32_t index, const Counts& more) noexcept;
  void remember_done(const Queue& queue, std::uint32_t from, Nanoseconds now) noexcept;
  void show_done(Queue& queue, Nanoseconds now, bool all) noexcept;
  void write_head(const Queue& queue, std::uint32_t head) noexcept;

  RegisterFile& file_;
  GuestMemory& memory_;
  Statistics& statistics_;
  InterruptUnit& interrupts_;
  SystemTime& time_;
  FaultSwitches& faults_;
  Egress& egress_;
  QueueBank queues_;
  TransmitDrops drops_;
  std::vector<State> states_;
  std::uint32_t queue_ = 0;              ///< the one in hand
  Counts put_;                           ///< of the queue in hand, in this round
  std::vector<Descriptor> descriptors_;  ///< of the packet in hand
  std::span<const std::byte> packet_;    ///< its bytes in one piece
  std::vector<std::byte>
      assembled_;  ///< where they were put, unless they are in one piece in the driver's memory
  std::vector<std::byte> frame_;  ///< a frame that is changed on its way
};

}  // namespace ixyflow::model
