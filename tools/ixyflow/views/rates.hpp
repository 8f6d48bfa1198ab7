#pragma once

#include <cstdint>
#include <string>

#include "core/base/values/value.hpp"
#include "core/runtime/report/report.hpp"

namespace ixyflow::tools {

/// What moved per second between two snapshots of a run.
struct Rates {
  double seconds = 0;  ///< since the start
  double in = 0;       ///< packets received per second
  double out = 0;      ///< packets sent per second
  double in_bits = 0;
  double out_bits = 0;
  double dropped = 0;
  std::uint64_t dropped_in_all = 0;
  std::uint64_t received_in_all = 0;
};

/// Turns snapshots into rates.
class RateMeter {
 public:
  Rates update(const RunReport& report);

 private:
  struct Totals {
    double seconds = 0;
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    std::uint64_t in_bytes = 0;
    std::uint64_t out_bytes = 0;
    std::uint64_t dropped = 0;
  };
  Totals last_;
  Rates rates_;  ///< of the last reading
};

/// One line: "12 s  in 14.9 Mpps 10.0 Gbit/s  out 14.9 Mpps 10.0 Gbit/s  dropped 0".
std::string rates_line(const Rates& rates);
/// The same as JSON.
Value rates_json(const Rates& rates);

}  // namespace ixyflow::tools
