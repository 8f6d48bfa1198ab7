#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/control/live_change.hpp"
#include "core/runtime/control/live_report.hpp"
#include "core/runtime/control/phase_control.hpp"
#include "core/runtime/control/worker_requests.hpp"

namespace ixyflow {

/// Parameters of elements that change while the run goes on. Control thread; for errors see Run.
class LiveParameters {
 public:
  LiveParameters(Assembly& assembly, WorkerRequests& requests, const PhaseControl& phases)
      : assembly_(assembly), requests_(requests), phases_(phases) {}

  /// Those of one element; of all elements when `element` is empty.
  [[nodiscard]] Result<std::vector<ParameterReport>> list(std::string_view element) const;
  /// Gives "element.name" a new value in every copy of the element.
  Result<ParameterChange> set(std::string_view name, const Value& value);

 private:
  Result<ParameterChange> change(std::size_t element, const ParameterSpec& parameter, const Value& value);
  Result<void> reach(const std::vector<std::size_t>& workers);
  Result<double> hand_over(std::shared_ptr<LiveChange> change);

  Assembly& assembly_;
  WorkerRequests& requests_;
  const PhaseControl& phases_;
};

}  // namespace ixyflow
