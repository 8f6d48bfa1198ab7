#pragma once

#if __cplusplus < 202100L
#error "ixyflow and what is built for it is C++23: compile with -std=c++23"
#endif

/// Marks what plugins may use; everything else is hidden inside libixyflow.
#define IXYFLOW_API [[gnu::visibility("default")]]

namespace ixyflow {

/// Version of the interface that plugins see: core/base, net, packet, element and device. It grows with every
/// change of layout or meaning there; a plugin built for another version is refused before anything of it
/// runs.
inline constexpr unsigned kInterfaceVersion = 5;

}  // namespace ixyflow
