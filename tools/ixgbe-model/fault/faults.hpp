#pragma once

#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "tools/ixgbe-model/card/card.hpp"

namespace ixyflow::model {

/// What can be made to go wrong with a card, by name. Model thread only.
class Faults {
 public:
  /// `card` outlives this.
  explicit Faults(Card& card) : card_(card), parts_(card.parts()) {}

  /// Turns a fault on or off, or does something to the link; see `help`. The text is what follows `--fault`
  /// or comes over the control socket: "link down", "tx-hang on", "rx-length 0 once". Error: usage.
  Result<void> inject(std::string_view text);
  /// One line for each fault: its form, what it does, the line of the fault catalogue that it serves.
  static std::string_view help() noexcept;

  /// Faults that take time. After the card was polled: what happens to it now shows at its next poll.
  void poll(Nanoseconds now) noexcept;

 private:
  using Words = std::vector<std::string_view>;
  struct Form;
  static const Form kForms[];

  static Words split(std::string_view text);
  static std::unexpected<Error> no_such_fault(std::string_view word);

  Result<void> link(const Words& words);
  Result<void> flap(const Words& words);
  Result<void> gone(const Words& words);
  Result<void> eeprom(const Words& words);
  Result<void> pause(const Words& words);
  Result<void> interrupts(const Words& words);
  Result<void> counters(const Words& words);
  Result<void> rx_error(const Words& words);
  Result<void> rx_length(const Words& words);
  template <bool FaultSwitches::*member>
  Result<void> flag(const Words& words);
  template <FaultSwitches::Next FaultSwitches::*member>
  Result<void> next(const Words& words);
  template <QueueBank& (*bank)(Parts&)>
  Result<void> enable_stuck(const Words& words);
  Result<void> head_ahead(const Words& words);

  void poll_flap() noexcept;
  void poll_pause() noexcept;

  Card& card_;
  Parts& parts_;
  Nanoseconds now_ = 0;
  std::uint64_t flaps_left_ = 0;  ///< changes, two for each flap
  Nanoseconds flap_period_ = 0;
  Nanoseconds next_flap_ = 0;
  Nanoseconds pause_until_ = 0;
  Nanoseconds next_pause_ = 0;
};

}  // namespace ixyflow::model
