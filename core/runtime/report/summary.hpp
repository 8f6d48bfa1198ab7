#pragma once

#include <cstddef>
#include <span>

#include "core/runtime/assembly/assembly.hpp"
#include "core/runtime/engine/snapshot.hpp"
#include "core/runtime/report/report.hpp"

namespace ixyflow {

/// The statistics of a worker before it has counted anything, with room for all that it will.
WorkerSnapshot blank_snapshot(const Assembly& assembly, std::size_t worker);

/// Copies the statistics of a worker into a snapshot that was blank once, and allocates nothing. On that
/// worker, or when it does not run.
void take_snapshot(const Assembly& assembly, std::size_t worker, WorkerSnapshot& into) noexcept;

/// Makes the report out of a snapshot of each worker, in their order.
RunReport make_report(const Assembly& assembly, std::span<const WorkerSnapshot> snapshots);

}  // namespace ixyflow
