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
#include "tools/ixgbe-model/card/receive/filters.hpp"
#include "tools/ixgbe-model/card/receive/flow_director.hpp"
#include "tools/ixgbe-model/card/receive/late_writes.hpp"
#include "tools/ixgbe-model/card/receive/pools.hpp"
#include "tools/ixgbe-model/card/receive/queue_choice.hpp"
#include "tools/ixgbe-model/card/receive/write_back.hpp"

namespace ixyflow::model {

/// Why a frame did not reach the driver.
struct ReceiveDrops {
  std::uint64_t filtered = 0;
  std::uint64_t by_flow_filter = 0;  ///< of the Flow Director, that wants it so
  std::uint64_t runt = 0;
  std::uint64_t oversize = 0;
  std::uint64_t no_descriptor = 0;
  std::uint64_t queue_disabled = 0;
  std::uint64_t ring_too_small = 0;
  std::uint64_t receiver_off = 0;
  std::uint64_t bad_address = 0;  ///< written into the void, as a posted write that nobody takes
};

/// From the wire into the driver's memory (7.1). Model thread only.
class Receive final : public QueueEvents {
 public:
  static constexpr std::uint32_t kMaxFrame = 16'384;

  Receive(bool mapped, RegisterFile& file, GuestMemory& memory, Statistics& statistics,
          InterruptUnit& interrupts, SystemTime& time, FaultSwitches& faults);

  void reset(std::span<const std::uint8_t, 6> mac) noexcept;
  QueueBank& queues() noexcept { return queues_; }
  [[nodiscard]] const QueueBank& queues() const noexcept { return queues_; }
  /// Makes `mac` the first receive address.
  void load_address(std::span<const std::uint8_t, 6> mac) noexcept { filters_.reset(mac); }

  /// Whether RXCTRL and SECRXCTRL let frames in.
  [[nodiscard]] bool enabled() const noexcept;

  // A round: begin, offer any number of frames, end.
  void begin(Nanoseconds now) noexcept;
  enum class Outcome : std::uint8_t { taken, wait };
  /// `patient`: a frame that finds no descriptors may wait; then nothing has happened. Else it is dropped.
  Outcome offer(std::span<const std::byte> frame, bool patient) noexcept;
  /// Where a frame goes that the driver sends from `queue`: to pools of its own, to the wire, or both.
  [[nodiscard]] Pools::Switched switched(std::span<const std::byte> frame,
                                         std::uint32_t queue) const noexcept;
  /// A frame from inside of the card, for these pools. What they have no room for is dropped.
  void offer_inside(std::span<const std::byte> frame, PoolSet pools) noexcept;
  /// A frame that came while the receiver was off.
  void count_unreceived() noexcept { ++drops_.receiver_off; }
  /// Writes back what the round has filled, and tells of it.
  void end() noexcept;

  /// Takes back what faults have in store (power-on, or another driver's memory).
  void forget_late_writes() noexcept { late_writes_.clear(); }

  [[nodiscard]] FlowDirector& flow_director() noexcept { return flow_director_; }

  [[nodiscard]] const ReceiveDrops& drops() const noexcept { return drops_; }
  [[nodiscard]] std::uint64_t packets(std::uint32_t queue) const noexcept { return counts_[queue].packets; }
  [[nodiscard]] std::uint64_t bytes(std::uint32_t queue) const noexcept { return counts_[queue].bytes; }

  void queue_starts(std::uint32_t index) noexcept override;
  void queue_stops(std::uint32_t index, bool gone) noexcept override;

 private:
  static constexpr std::uint32_t kBatch = 32;

  struct Counts {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };
  /// Descriptors of a queue that are filled but not yet shown to the driver.
  struct Filled {
    std::uint32_t count = 0;
    bool touched = false;
    Counts counts;
    std::array<Descriptor, kBatch> descriptors;
  };
  /// All that is known of a frame on its way.
  struct Arrival {
    std::span<const std::byte> frame;
    FrameInfo info;
    Choice choice;
    std::uint32_t pool = 0;
    bool runt = false;
    bool bad_length = false;
    bool passed = false;  ///< the filters
    bool inexact = false;
    bool wanted = false;                ///< passed, and good or to be stored all the same
    bool stripped = false;              ///< its VLAN tag stands in the descriptor
    std::span<const std::byte> stored;  ///< what goes to memory
    std::uint32_t buffer = 0;           ///< bytes of a receive buffer
    std::uint32_t header = 0;           ///< bytes of `stored` that go to the header buffer
  };
  enum class Room : std::uint8_t { now, later, none_ever };

  [[nodiscard]] Arrival arrive(std::span<const std::byte> frame) const noexcept;
  Outcome offer_to_pools(Arrival& arrival, PoolSet pools, bool patient) noexcept;
  void aim(Arrival& arrival, PoolSet& pools) noexcept;
  void choose(Arrival& arrival) noexcept;
  void deliver(Arrival& arrival, Room room) noexcept;
  [[nodiscard]] bool too_long(std::span<const std::byte> frame, const FrameInfo& info) const noexcept;
  void judge(Arrival& arrival) const noexcept;
  void count_arrival(const Arrival& arrival) noexcept;
  [[nodiscard]] Room look_for_room(Arrival& arrival) noexcept;
  void split(Arrival& arrival, std::uint32_t room) noexcept;
  static std::uint32_t descriptors_for(const Arrival& arrival) noexcept;
  std::span<const std::byte> as_stored(Arrival& arrival, std::uint32_t control) noexcept;
  void drop(Queue& queue, Room room) noexcept;
  void write(Queue& queue, const Arrival& arrival) noexcept;
  void write_descriptor(Queue& queue, Report& report, std::span<const std::byte> header,
                        std::span<const std::byte> bytes, bool last) noexcept;
  [[nodiscard]] Report report_of(const Arrival& arrival) noexcept;
  bool copy(std::uint64_t address, std::span<const std::byte> bytes) noexcept;
  void count(std::uint32_t index, const Counts& more) noexcept;
  void flush(Queue& queue) noexcept;
  [[nodiscard]] std::uint32_t split_control(const Queue& queue) const noexcept {
    return file_.get(queue.registers + queue::kSplit);
  }

  RegisterFile& file_;
  GuestMemory& memory_;
  Statistics& statistics_;
  InterruptUnit& interrupts_;
  SystemTime& time_;
  FaultSwitches& faults_;
  QueueBank queues_;
  Filters filters_;
  Pools pools_;
  QueueChoice choice_;
  FlowDirector flow_director_;
  LateWrites late_writes_;
  Nanoseconds now_ = 0;
  ReceiveDrops drops_;
  std::array<Counts, queue::kQueues> counts_{};
  std::vector<Filled> filled_;
  std::vector<std::uint32_t> touched_;  ///< queues with something in filled_
  std::vector<std::byte> changed_;      ///< a frame whose tag is cut out or whose FCS is added
};

}  // namespace ixyflow::model
