#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/graph/machine.hpp"
#include "core/graph/planner/machine/cpu_wishes.hpp"

namespace ixyflow {

/// The CPUs of a machine while they are given away to workers. CPUs are meant by their index into
/// `Machine::cpus`.
class CpuPool {
 public:
  explicit CpuPool(const Machine& machine);

  void take(std::size_t cpu) {
    ++users_[cpu];
    ++core_users_[core_of_[cpu]];
  }
  /// The CPU to be taken next by who wants to be on `node`. Sharing one, with other workers or another run,
  /// is the last resort, so with oversubscription the load is even. At least one CPU must be allowed.
  [[nodiscard]] std::size_t best(int node) const;
  /// Why `chosen` is the best for `wish`, before it is taken.
  [[nodiscard]] std::string explain(std::size_t chosen, const Wish& wish) const;

 private:
  [[nodiscard]] bool sibling_in_use(std::size_t cpu) const {
    return core_users_[core_of_[cpu]] > users_[cpu];
  }
  [[nodiscard]] std::string explain_among(std::size_t chosen) const;

  const Machine& machine_;
  std::vector<unsigned> users_;       ///< by CPU: workers on it
  std::vector<std::size_t> core_of_;  ///< by CPU: number of its physical core
  std::vector<unsigned> core_users_;  ///< by physical core: workers on all its CPUs
};

}  // namespace ixyflow
