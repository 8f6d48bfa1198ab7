#include "drivers/bus/sysfs/rights.hpp"

#include <cstdint>
#include <fstream>
#include <string>

namespace ixyflow::drivers {

bool has_capability(unsigned capability) {
  std::ifstream status("/proc/thread-self/status");
  for (std::string word; status >> word;) {
    std::uint64_t effective = 0;
    if (word == "CapEff:" && status >> std::hex >> effective) return (effective >> capability & 1) != 0;
  }
  return false;
}

}  // namespace ixyflow::drivers
