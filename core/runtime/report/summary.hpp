#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/engine/snapshot.hpp"
#include "core/runtime/report/report.hpp"

namespace ixyflow {

/// Calls `visit` with every number of worker `index` that a report shows, always in the same order. On that
/// worker, or when it does not run.
void list_statistics(const Assembly& assembly, std::size_t index,
                     const std::function<void(std::uint64_t)>& visit);

/// Makes the report out of a snapshot of each worker, in their order.
RunReport make_report(const Assembly& assembly, std::span<const Snapshot> snapshots);

}  // namespace ixyflow
