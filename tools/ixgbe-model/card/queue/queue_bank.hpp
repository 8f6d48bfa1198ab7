#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/queue/descriptor_ring.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The part of a queue that both directions have.
struct Queue {
  std::uint32_t index = 0;
  std::uint32_t registers = 0;  ///< its first register
  bool mapped = false;          ///< the driver may write its registers without our knowing
  bool wanted = false;  ///< what was last written to ENABLE (of a mapped queue it stands in the register)
  bool enabled = false;
  Nanoseconds due = 0;  ///< when `enabled` follows `wanted`
  DescriptorRing ring;
  std::uint64_t base = 0;  ///< as latched, to see when a driver that maps the page sets the ring up anew
  std::uint32_t length = 0;
  std::uint32_t head = 0;  ///< the next descriptor that the card uses: below ring.count(), or 0
};

/// Told when queues start and stop.
class QueueEvents {
 public:
  virtual void queue_starts(std::uint32_t index) noexcept = 0;
  /// What is unfinished is to be finished now: after this the driver takes its memory back. `gone`: it has
  /// done so already, and nothing may be written any more.
  virtual void queue_stops(std::uint32_t index, bool gone) noexcept = 0;

 protected:
  ~QueueEvents() = default;
};

/// The 128 queues of one direction: their enable bits (RXDCTL, TXDCTL), rings, heads (RDH, TDH) and tails
/// (RDT, TDT: the doorbells). Values of the driver are read once, checked, then used. Model thread only.
class QueueBank final : public RegisterOwner {
 public:
  enum class Direction : std::uint8_t { receive, transmit };

  QueueBank(Direction direction, bool mapped, RegisterFile& file, QueueEvents& events);

  void reset() noexcept;

  /// Follows what the driver has written to ENABLE bits, base addresses and lengths.
  void follow(Nanoseconds now) noexcept;
  /// The same for the queues that are enabled already.
  void follow_enabled(Nanoseconds now) noexcept;

  [[nodiscard]] Queue& operator[](std::uint32_t index) noexcept { return queues_[index]; }
  [[nodiscard]] const Queue& operator[](std::uint32_t index) const noexcept { return queues_[index]; }
  [[nodiscard]] std::span<const std::uint32_t> enabled() const noexcept { return enabled_; }

  /// Descriptors that the driver has handed over from the head on. A tail outside of the ring hands over
  /// none.
  [[nodiscard]] std::uint32_t available(const Queue& queue) noexcept;
  /// Moves the head on and shows it.
  void advance(Queue& queue, std::uint32_t descriptors) noexcept;

  /// Faults: queues are never enabled; the head that is shown is `add` too large.
  void hold_enable(bool on) noexcept { hold_enable_ = on; }
  void show_head_wrong_by(std::uint32_t add) noexcept;

  [[nodiscard]] std::uint64_t bad_tails() const noexcept { return bad_tails_; }

  std::uint32_t read_register(std::uint32_t offset) noexcept override;
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  void declare();
  void follow(Queue& queue, Nanoseconds now) noexcept;
  void start(Queue& queue) noexcept;
  void stop(Queue& queue, bool gone) noexcept;
  [[nodiscard]] bool set_up_anew(const Queue& queue) const noexcept;
  [[nodiscard]] std::uint64_t base_of(const Queue& queue) const noexcept;
  void latch(Queue& queue) noexcept;
  void show_head(const Queue& queue) noexcept;
  void show_enabled(const Queue& queue, bool on) noexcept;
  [[nodiscard]] Queue* owner_of(std::uint32_t offset) noexcept;

  const Direction direction_;
  RegisterFile& file_;
  QueueEvents& events_;
  std::array<Queue, queue::kQueues> queues_;
  std::vector<std::uint32_t> enabled_;
  bool look_at_all_ = false;  ///< at the next look, whoever is enabled
  bool hold_enable_ = false;
  std::uint32_t head_error_ = 0;
  std::uint64_t bad_tails_ = 0;
};

}  // namespace ixyflow::model
