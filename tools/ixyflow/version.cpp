#include "tools/ixyflow/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/api.hpp"
#include "core/device/port_registry.hpp"
#include "core/element/registry.hpp"
#include "core/packet/mempool.hpp"

namespace ixyflow::tools {
namespace {

std::string processor_features() {
  std::vector<std::string> features;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) features.emplace_back("sse4.2");
  if (__builtin_cpu_supports("avx2")) features.emplace_back("avx2");
  if (__builtin_cpu_supports("avx512f")) features.emplace_back("avx512f");
#endif
  return features.empty() ? "-" : fmt::format("{}", fmt::join(features, " "));
}

}  // namespace

std::string version_text() {
  return fmt::format(
      "ixyflow {}\n"
      "plugin interface  {}\n"
      "port drivers      {}\n"
      "elements          {}\n"
      "checks            {}\n"
      "processor         {}\n",
      IXYFLOW_VERSION, kInterfaceVersion, fmt::join(PortRegistry::instance().names(), " "),
      ElementRegistry::instance().names().size(),
      checks_enabled() ? "on (buffers poisoned and followed)" : "off", processor_features());
}

}  // namespace ixyflow::tools
