#include "tools/ixyflow/views/rates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/ixyflow/json/build.hpp"
#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {

Rates RateMeter::update(const RunReport& report) {
  // A worker that did not answer in time has no numbers, or old ones: the next reading counts for this one,
  // too.
  if (std::ranges::any_of(report.workers, &WorkerReport::stale)) {
    rates_.seconds = report.seconds;
    return rates_;
  }
  Totals now;
  now.seconds = report.seconds;
  now.in = report.ledger.received;
  now.out = report.ledger.sent;
  now.dropped = report.ledger.dropped;
  for (const PortReport& port : report.ports) {
    now.in_bytes += port.received_bytes;
    now.out_bytes += port.transmitted_bytes;
  }
  const double passed = now.seconds - last_.seconds;
  const auto per_second = [passed](std::uint64_t after, std::uint64_t before) {
    return passed > 0 && after > before ? static_cast<double>(after - before) / passed : 0.0;
  };
  Rates& rates = rates_;
  rates.seconds = now.seconds;
  rates.in = per_second(now.in, last_.in);
  rates.out = per_second(now.out, last_.out);
  rates.in_bits = 8 * per_second(now.in_bytes, last_.in_bytes);
  rates.out_bits = 8 * per_second(now.out_bytes, last_.out_bytes);
  rates.dropped = per_second(now.dropped, last_.dropped);
  rates.dropped_in_all = now.dropped;
  rates.received_in_all = now.in;
  last_ = now;
  return rates;
}

std::string rates_line(const Rates& rates) {
  return fmt::format("{:.1f} s  in {} {}  out {} {}  dropped {}", rates.seconds, scaled(rates.in, "pps"),
                     scaled(rates.in_bits, "bit/s"), scaled(rates.out, "pps"),
                     scaled(rates.out_bits, "bit/s"), thousands(rates.dropped_in_all));
}

Value rates_json(const Rates& rates) {
  return json_object({{"seconds", rates.seconds},
                      {"in_packets_per_second", rates.in},
                      {"in_bits_per_second", rates.in_bits},
                      {"out_packets_per_second", rates.out},
                      {"out_bits_per_second", rates.out_bits},
                      {"dropped_per_second", rates.dropped},
                      {"in", rates.received_in_all},
                      {"dropped", rates.dropped_in_all}});
}

}  // namespace ixyflow::tools
