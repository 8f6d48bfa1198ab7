#pragma once

#include <chrono>
#include <string_view>

#include "core/base/messages/event.hpp"
#include "core/os/waiting/fiber.hpp"
#include "core/os/waiting/time_budget.hpp"

namespace ixyflow::drivers {

/// How long a device may take for all that is asked of it together, by what it is asked for.
inline constexpr std::chrono::seconds kStartBudget{10};    ///< while nothing runs yet
inline constexpr std::chrono::seconds kLookBudget{6};      ///< one step of a look or a recovery
inline constexpr std::chrono::seconds kFarewellBudget{1};  ///< the end of a run

/// The looks that a port takes after its device. A look that has to wait is left, and the next call goes on
/// with it: the control thread waits for no device, however slow. Control thread only.
class Conversation {
 public:
  /// Begins a look, or goes on with the one that is under way. `look` is given the sink to tell events to.
  template <class Look>
  void step(const EventSink& event, Look look) {
    event_ = &event;
    if (fiber_.under_way())
      fiber_.go_on();
    else
      fiber_.start([this, look] {
        const TimeBudget budget(kLookBudget);
        look(relay_);
      });
    event_ = nullptr;
  }

  /// Ends the look that is under way: it has to the end of the budget of the caller, and no time at all when
  /// `at_once`. What is asked of the device then fails.
  void finish(bool at_once) { fiber_.finish(at_once ? std::chrono::steady_clock::now() : TimeBudget::end()); }

 private:
  const EventSink* event_ = nullptr;  ///< of the call that goes on now
  const EventSink relay_ = [this](EventKind kind, std::string_view text) {
    if (event_ != nullptr) (*event_)(kind, text);
  };
  Fiber fiber_;
};

}  // namespace ixyflow::drivers
