#pragma once

#include <cstddef>
#include <list>
#include <vector>

#include "core/element/resource.hpp"
#include "core/runtime/engine/handshake.hpp"

namespace ixyflow {

/// Versions of resources that were replaced and that a worker may still read: RCU's deferred reclamation. A
/// version is freed when its grace period is over, which is when every worker has answered a request that was
/// asked after the replacement. Control thread.
class RetiredVersions {
 public:
  struct Entry {
    Handshake::Request request = 0;
    std::vector<RetiredVersion> versions;
  };
  /// Room for what a change will replace, had before the change: there may be no memory behind it.
  using Place = std::list<Entry>;
  [[nodiscard]] static Place make_place() { return Place(1); }

  /// Replaced before `request` was asked.
  void add(Place place, Handshake::Request request, std::vector<RetiredVersion> versions) noexcept {
    place.front() = {request, std::move(versions)};
    waiting_.splice(waiting_.end(), place);
  }
  /// Frees those that nobody reads any more.
  void free(const Handshake& handshake) {
    while (!waiting_.empty() && handshake.answered_by_all(waiting_.front().request)) waiting_.pop_front();
  }

  /// A worker that does not answer must not make memory grow: behind so many changes, more are refused until
  /// it does.
  [[nodiscard]] bool full() const noexcept { return waiting_.size() >= kMost; }
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }
  /// What all workers must answer before there is room again; only when there are any.
  [[nodiscard]] Handshake::Request oldest() const noexcept { return waiting_.front().request; }

 private:
  static constexpr std::size_t kMost = 16;
  std::list<Entry> waiting_;  ///< oldest first
};

}  // namespace ixyflow
