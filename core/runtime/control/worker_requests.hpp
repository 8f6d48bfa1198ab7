#pragma once

#include <cstddef>
#include <vector>

#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/control/live_change.hpp"
#include "core/runtime/engine/handshake.hpp"
#include "core/runtime/engine/snapshot.hpp"

namespace ixyflow {

/// What the control thread asks of the workers between two of their rounds, over the Handshake: a snapshot of
/// their statistics, to take over a live change, or only whether they are there. It owns what goes to and
/// fro.
class WorkerRequests {
 public:
  explicit WorkerRequests(Assembly& assembly);

  /// Makes room for the snapshots: once, when the ports are open, so that workers allocate nothing.
  void make_room();
  /// Whether workers have threads, which answer; without, `ask` answers for them at once.
  void set_threaded(bool threaded) noexcept { threaded_ = threaded; }
  [[nodiscard]] Handshake& handshake() noexcept { return handshake_; }

  // Control thread.

  /// Asks all workers; `statistics`: for a snapshot too.
  Handshake::Request ask(bool statistics = false);
  /// Waits up to a second for `workers` to answer; returns those that did not.
  [[nodiscard]] std::vector<std::size_t> await(const std::vector<std::size_t>& workers,
                                               Handshake::Request request) const;
  /// The snapshot that a worker made before it answered; it may write it anew after the next `ask`.
  [[nodiscard]] const WorkerSnapshot& snapshot(std::size_t worker) const noexcept {
    return snapshots_[worker];
  }
  /// The statistics of a worker that does not run.
  [[nodiscard]] WorkerSnapshot read(std::size_t worker) const;
  /// Gives a change to every worker with a copy of the element, all of which have answered the last request;
  /// `change->request` must be `handshake().next()`.
  void hand_over(std::shared_ptr<const LiveChange> change) noexcept;

  // Worker, at a round boundary.

  [[nodiscard]] Handshake::Request pending(std::size_t worker) const noexcept {
    return handshake_.pending(worker);
  }
  void answer(std::size_t worker, Handshake::Request request);

 private:
  void take_over(std::size_t worker) noexcept;

  Assembly& assembly_;
  Handshake handshake_;
  bool threaded_ = false;
  /// By worker, which writes its own before it answers a request for it.
  std::vector<WorkerSnapshot> snapshots_;
  HandedOver<LiveChange> changes_;
};

}  // namespace ixyflow
