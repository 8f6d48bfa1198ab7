#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/cache_line.hpp"

namespace ixyflow {

/// How the control thread asks all workers something, and each of them answers at its next round boundary.
/// There is one request number and one answer per worker, and neither side ever waits for the other inside.
///
/// A round boundary is what RCU (read-copy-update) calls a quiescent state: between two rounds a worker holds
/// no reference to anything that the control thread may replace. When all have answered a request, a grace
/// period is over: nobody can still read what was replaced before it was asked. And a request with statistics
/// is a snapshot that is consistent in itself, because each worker copies its counters there.
///
/// What an answer stands for is up to the callers, and all of it rests on the same two pairs:
///   ask -> pending: what the control thread wrote before it asked (a live change), the worker sees; and what
///     the control thread read before it asked (the last snapshot), the worker may write anew.
///   answer -> answered: what the worker wrote before it answered (a snapshot, a parameter), the control
///     thread sees; and what the worker read before it answered (an old version of a resource), the control
///     thread may free.
/// tests/model checks every order of them under all interleavings, with its own `Atomic`.
template <template <class> class Atomic = std::atomic>
class HandshakeOf {
 public:
  /// The number of a request; 0 stands for none. A later request has a higher number, and an answer to it
  /// answers those before it too.
  using Request = std::uint64_t;

  explicit HandshakeOf(std::size_t workers) : workers_(workers), answers_(new Answer[workers]) {}

  /// Control thread: the number that the next `ask` will have.
  [[nodiscard]] Request next(bool statistics = false) const noexcept {
    return (asked_ / 2 + 1) * 2 + (statistics ? 1 : 0);
  }
  /// Control thread: asks all workers; `statistics`: for a snapshot of them too.
  Request ask(bool statistics = false) noexcept {
    asked_ = next(statistics);
    request_.store(asked_, std::memory_order_release);
    return asked_;
  }
  /// Control thread: whether `worker` has answered `request` or a later one.
  [[nodiscard]] bool answered(std::size_t worker, Request request) const noexcept {
    return answers_[worker].request.load(std::memory_order_acquire) >= request;
  }
  [[nodiscard]] bool answered_by_all(Request request) const noexcept {
    for (std::size_t worker = 0; worker < workers_; ++worker)
      if (!answered(worker, request)) return false;
    return true;
  }

  /// Worker, at a round boundary: the request that it has not answered yet, or 0.
  [[nodiscard]] Request pending(std::size_t worker) const noexcept {
    const Request request = request_.load(std::memory_order_acquire);
    return request != last_answer(worker) ? request : 0;
  }
  /// Worker: what it answered last. Relaxed, because nobody else writes it.
  [[nodiscard]] Request last_answer(std::size_t worker) const noexcept {
    return answers_[worker].request.load(std::memory_order_relaxed);
  }
  /// Worker: answers `request`, after all that it stands for is done.
  void answer(std::size_t worker, Request request) noexcept {
    answers_[worker].request.store(request, std::memory_order_release);
  }
  /// Whether `request` wants a snapshot of the worker's statistics.
  [[nodiscard]] static bool wants_statistics(Request request) noexcept { return request % 2 != 0; }

  [[nodiscard]] std::size_t workers() const noexcept { return workers_; }

 private:
  /// On a line of its own: a worker reads it every round, and no other worker's answer shall disturb that.
  struct alignas(kCacheLine) Answer {
    Atomic<Request> request{0};
  };

  alignas(kCacheLine) Atomic<Request> request_{0};
  Request asked_ = 0;  ///< the control thread's own copy of it
  std::size_t workers_;
  std::unique_ptr<Answer[]> answers_;
};

using Handshake = HandshakeOf<>;

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
