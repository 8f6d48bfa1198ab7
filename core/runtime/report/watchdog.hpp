#pragma once

#include <pthread.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/messages/event.hpp"
#include "core/base/steady_clock.hpp"
#include "core/runtime/engine/handshake.hpp"

namespace ixyflow {

class Worker;

/// A watchdog in the usual sense: it wants a sign of life (a heartbeat) from every worker twice a second, and
/// tells the operator when one stands still, or lost its CPU, and when that is over. The heartbeat is an
/// answer to the Handshake, the same that snapshots and live changes wait for. On the control thread, which
/// looks often; a look costs nothing but twice a second.
class Watchdog {
 public:
  using Time = SteadyClock::time_point;

  /// A worker of the handshake, in its order.
  struct Subject {
    std::string core;
    int cpu = 0;
    pthread_t thread{};
    const Worker* worker = nullptr;  ///< to ask which element it is in; may be null
  };

  /// `bound`: the threads are bound to their CPUs, and are bound again when they lost them. `event` may be
  /// empty.
  Watchdog(std::vector<Subject> subjects, bool bound, Handshake& handshake, EventSink event);

  void look(Time now);

 private:
  struct Watch {
    Subject subject;
    bool asked = false;   ///< and has not answered yet
    bool silent = false;  ///< for so long that it was said
    bool lost_cpu = false;
    Time since;  ///< when it was asked
  };

  void forgive_own_gap(Time now);
  void hear_answers(Time now);
  void ask(Time now);
  void check_cpu(Watch& watch);

  std::vector<Watch> watches_;
  bool bound_;
  Handshake& handshake_;
  EventSink event_;
  Handshake::Request request_ = 0;
  Time last_look_;
  Time next_ask_;
  Time next_check_;
};

}  // namespace ixyflow
