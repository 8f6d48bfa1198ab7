#include "core/runtime/engine/failpoint.hpp"

#ifdef IXYFLOW_CHECKS

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace ixyflow {

void failpoint(const char* name) {
  static std::atomic<bool> passed{false};
  const char* wanted = std::getenv("IXYFLOW_FAILPOINT");
  if (wanted == nullptr) return;
  const std::string_view text = wanted;
  const std::string_view here = name;
  if (!text.starts_with(here) || !text.substr(here.size()).starts_with('=')) return;
  // Some moments come several times, once for every port or worker: the first one counts.
  if (passed.exchange(true)) return;
  std::string_view signals = text.substr(here.size() + 1);
  while (!signals.empty()) {
    const std::size_t comma = signals.find(',');
    std::raise(signals.substr(0, comma) == "SIGTERM" ? SIGTERM : SIGINT);
    signals = comma == std::string_view::npos ? std::string_view() : signals.substr(comma + 1);
  }
}

}  // namespace ixyflow

#endif
