#pragma once

#include <cstdint>

#include "core/base/api.hpp"

namespace ixyflow {

/// What every shared object with elements or ports carries in its section `.note.ixyflow` (an ELF note), so
/// that the loader can compare versions before anything of the object runs.
struct InterfaceNote {
  std::uint32_t name_size = 8;
  std::uint32_t content_size = 4;
  std::uint32_t type = 1;
  char name[8] = "ixyflow";
  std::uint32_t version = kInterfaceVersion;
};

}  // namespace ixyflow

// AddressSanitizer of clang would put a red zone behind it, inside of the section.
#if defined(__clang__)
#define IXYFLOW_AS_IT_IS [[clang::no_sanitize("address")]]
#else
#define IXYFLOW_AS_IT_IS
#endif

#define IXYFLOW_INTERFACE_NOTE(id) \
  IXYFLOW_AS_IT_IS                 \
  [[gnu::used, gnu::section(".note.ixyflow")]] alignas(4) static const ::ixyflow::InterfaceNote id
