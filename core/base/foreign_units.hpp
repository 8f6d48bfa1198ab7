#pragma once

#include <string>
#include <string_view>

#include "core/base/api.hpp"

/// How units are written elsewhere: "10Gbps", "64KB", "5 sec". Nothing of this is accepted; messages say by
/// it how ixyflow writes what was meant.
namespace ixyflow {

/// What a text that is no duration was meant as, "5min" for "5 minutes"; of a number alone seconds. "" when
/// nobody knows.
IXYFLOW_API std::string meant_duration(std::string_view text);
/// The same of a rate; where bits and packets are both possible, both: "10Gbit/s", "1000pps or 1000bit/s".
IXYFLOW_API std::string meant_rate(std::string_view text);
/// The same of a memory size; "64KB" and "64K" are meant as 64KiB.
IXYFLOW_API std::string meant_size(std::string_view text);
/// The same of an integer: "1,500" as 1500, "2k" as 2000, "2KiB" as 2048, "64 bytes" as 64.
IXYFLOW_API std::string meant_integer(std::string_view text);
/// The same of a probability: "10%" as 0.1.
IXYFLOW_API std::string meant_probability(std::string_view text);

}  // namespace ixyflow
