#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime/report/report.hpp"
#include "tools/ixyflow/test/memory_port.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::tools {

/// Numbers of a run by the names that the summary shows: "count.packets".
using NamedNumbers = std::map<std::string, std::uint64_t>;

/// Declared counters of elements, resources and ports (of a histogram the number of its values, and
/// percentiles as "delay.delay_ns.p99"), packets by exit ("fw.out"), and of every element `packets`,
/// `bytes`, `received`, `created` and `no_buffer` where it has not declared a counter of that name; of ports
/// `no_buffer`.
NamedNumbers counters_of(const RunReport& report);
/// Packets that were dropped: "fw.other", "lan.no_buffer", "a -> b.ring_full".
NamedNumbers drops_of(const RunReport& report);

/// Adds what is not as expected to `failures`, in lines for a reader.
void compare_numbers(std::string_view what, const std::vector<TestNumber>& expected, const NamedNumbers& got,
                     std::vector<std::string>& failures);
void compare_output(const TestOutput& output, const std::vector<Bytes>& expected,
                    const std::vector<PortTraffic::Packet>& got, std::vector<std::string>& failures);

}  // namespace ixyflow::tools
