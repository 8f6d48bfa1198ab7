#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "core/runtime/engine/assembly.hpp"
#include "core/runtime/engine/snapshot.hpp"
#include "core/runtime/report/report.hpp"

namespace ixyflow {

/// Calls `visit` with every number of worker `index` that a report shows, always in the same order. On that
/// worker, or when it does not run.
void list_numbers(const Assembly& assembly, std::size_t index,
                  const std::function<void(std::uint64_t)>& visit);

/// Makes the report out of the numbers of all workers. `numbers[i]` are those of worker i.
RunReport make_report(const Assembly& assembly, std::span<const Numbers> numbers);

}  // namespace ixyflow
