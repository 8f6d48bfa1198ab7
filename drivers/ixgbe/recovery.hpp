#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/event.hpp"
#include "drivers/ixgbe/card.hpp"
#include "drivers/ixgbe/card_counters.hpp"

namespace ixyflow::drivers::ixgbe {

/// Looks after a card that works: follows the link, finds hangs, nonsense and removal, and brings the card
/// back with a reset while the workers go on with everything else. Control thread only; no call takes longer
/// than a reset.
class Recovery {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Recovery(Card& card, CardCounters& counters);

  /// The card was just brought up.
  void begin(Time now);
  /// To be called every few milliseconds.
  void look(Time now, const EventSink& event);
  /// Whether the card is gone for good.
  [[nodiscard]] bool removed() const noexcept { return phase_ == Phase::removed; }
  /// Whether the card is up and may have packets under way.
  [[nodiscard]] bool working() const noexcept { return phase_ == Phase::working; }
  [[nodiscard]] bool link_up() const noexcept { return link_.up; }

 private:
  /// working -> parking (workers give their buffers back) -> resting (until the next try) -> filling (workers
  /// take buffers again) -> working. A card that is removed is parked, and stays so.
  enum class Phase : std::uint8_t { working, parking, resting, filling, removed };

  void follow_link(Time now, const EventSink& event);
  void change_link(Link link, const EventSink& event);
  std::string find_fault();
  void park();
  void give_up(const EventSink& event);
  void park_for_reset(Time now, const std::string& reason, const EventSink& event);
  void try_reset(Time now, const EventSink& event);
  void bring_up(Time now, const EventSink& event);
  [[nodiscard]] bool all_queues(QueueState::State state) const;
  void set_queues(QueueState::State state);

  Card& card_;
  CardCounters& counters_;
  Phase phase_ = Phase::working;
  Time next_link_look_;
  Time next_fault_look_;
  Time next_try_;
  std::chrono::milliseconds pause_{0};  ///< between the last reset and the next
  Time up_since_;

  Link link_;  ///< as it was told
  Link seen_;  ///< as it was last read
  Time seen_since_;
  std::uint64_t pauses_ = 0;  ///< PAUSE frames counted by the last look for faults

  struct TransmitLook {
    std::uint32_t given = 0;
    std::uint32_t head = 0;
    unsigned times = 0;  ///< that nothing moved although something should have
  };
  struct ReceiveLook {
    std::uint32_t position = 0;
    std::uint32_t head = 0;
    std::uint32_t idle_looks = 0;
    unsigned times = 0;
  };
  std::vector<TransmitLook> transmit_looks_;
  std::vector<ReceiveLook> receive_looks_;
};

}  // namespace ixyflow::drivers::ixgbe
