#include "core/base/secret_hash.hpp"

#include <random>

namespace ixyflow {

std::uint64_t secret_seed() {
  std::random_device kernel;
  return std::uint64_t{kernel()} << 32 | kernel();
}

}  // namespace ixyflow
