#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "core/runtime/engine/handshake.hpp"

namespace ixyflow {

/// What the control thread hands to workers for them to take over at a round boundary: room for one change
/// per worker, without a lock, because it is written only while the worker has nothing to answer, and read
/// only by a worker that has. So it takes two requests of the handshake: one that all answer before anything
/// is written, and the one with which they take it over. A worker that is stuck is found by the first, when
/// nothing has changed anywhere.
///
/// `Change` has a `request`: the number of the second one.
/// tests/model checks its orders with another `Atomic`.
template <class Change, template <class> class Atomic = std::atomic>
class HandedOver {
 public:
  /// The handshake outlives it.
  explicit HandedOver(const HandshakeOf<Atomic>& handshake)
      : handshake_(handshake), changes_(handshake.workers()) {}

  /// Control thread: a change for `worker`, which has answered whatever it was asked; the next `ask` has it
  /// taken over. The one before it is let go of.
  void give(std::size_t worker, std::shared_ptr<const Change> change) noexcept {
    changes_[worker] = std::move(change);
  }
  /// Worker, before it answers a request: what it has to take over with that; nullptr: nothing.
  [[nodiscard]] const Change* next(std::size_t worker) const noexcept {
    const Change* change = changes_[worker].get();
    return change != nullptr && change->request > handshake_.last_answer(worker) ? change : nullptr;
  }

 private:
  const HandshakeOf<Atomic>& handshake_;
  std::vector<std::shared_ptr<const Change>> changes_;  ///< by worker: the last one for it
};

}  // namespace ixyflow
