#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/element/resource.hpp"
#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/control/phase_control.hpp"
#include "core/runtime/control/retired_versions.hpp"
#include "core/runtime/control/worker_requests.hpp"

namespace ixyflow {

/// Resources that change while the run goes on, by RCU: readers are never stopped, and what was replaced is
/// freed when nobody reads it any more. Control thread; for errors see Run.
class LiveResources {
 public:
  LiveResources(Assembly& assembly, WorkerRequests& requests, const PhaseControl& phases, Clock::Kind clock)
      : assembly_(assembly), requests_(requests), phases_(phases), clock_(clock) {}

  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] Result<Resource*> find(std::string_view name) const;
  [[nodiscard]] Result<std::vector<std::string>> entries(std::string_view name) const;
  /// Lets `change` change the resource, and has what it replaced freed later.
  Result<void> change(std::string_view name, const std::function<Result<void>(Resource&)>& change);
  /// Frees the versions that nobody reads any more. Now and then.
  void free_retired() { retired_.free(requests_.handshake()); }
  /// Lets resources age (Resource::sweep), when it is time for that again. Now and then.
  void sweep() noexcept;
  /// The same by a simulated clock, which stands at `now`.
  void sweep_at(Nanoseconds now) noexcept;

 private:
  Result<void> make_room();

  Assembly& assembly_;
  WorkerRequests& requests_;
  const PhaseControl& phases_;
  RetiredVersions retired_;
  Clock clock_;  ///< as those of the workers
  Nanoseconds next_sweep_ = 0;
};

}  // namespace ixyflow
