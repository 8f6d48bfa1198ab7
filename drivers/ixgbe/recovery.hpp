#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/messages/event.hpp"
#include "drivers/common/recovery_state_machine.hpp"
#include "drivers/ixgbe/card.hpp"
#include "drivers/ixgbe/card_counters.hpp"

namespace ixyflow::drivers::ixgbe {

/// Looks after a card that works: follows the link, finds hangs, nonsense and removal, and brings the card
/// back with a reset while the workers go on with everything else.
class Recovery final : public RecoveryStateMachine {
 public:
  Recovery(Card& card, CardCounters& counters);

  void begin(Time now) override;
  [[nodiscard]] bool link_up() const noexcept { return link_.up; }

 private:
  void watch(Time now, const EventSink& event) override;
  void take_down() override;
  Result<void> reset_device() override;
  Result<void> bring_up() override { return card_.bring_up(); }
  [[nodiscard]] bool queues_are(QueueState::State state) const override {
    return all_are(state, card_.receive, card_.transmit);
  }
  void set_queues(QueueState::State state) override;
  [[nodiscard]] bool gone() override { return card_.removed(); }
  [[nodiscard]] std::string why_gone() override { return "the card is gone: " + card_.why_removed(); }
  void tell_failure(const Error& error, BackOff::Pause pause, const EventSink& event) override;

  void follow_link(Time now, const EventSink& event);
  void change_link(Link link, const EventSink& event);
  [[nodiscard]] std::string find_fault();
  [[nodiscard]] bool hangs(std::size_t queue);
  [[nodiscard]] bool disagrees(std::size_t queue);

  Card& card_;
  CardCounters& counters_;
  Time next_link_look_;
  Time next_fault_look_;

  Link link_;  ///< as it was told
  Link seen_;  ///< as it was last read
  Time seen_since_;
  std::uint64_t pauses_ = 0;  ///< PAUSE frames counted by the last look for faults
  bool paused_ = false;       ///< more were counted since

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
