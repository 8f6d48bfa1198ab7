#pragma once

#include <cstddef>
#include <span>

#include "core/base/api.hpp"

/// Memory on a wanted NUMA node. The node is a wish: where it has no memory left, or the kernel knows no
/// NUMA, the memory lies elsewhere.
namespace ixyflow {

/// Wishes that `memory`, whole pages that nobody has touched yet, will lie on node `node` (below 0:
/// wherever).
IXYFLOW_API void prefer_node(std::span<std::byte> memory, int node) noexcept;

/// Maps at least `bytes` zeroed bytes on node `node`, every page present. Throws std::bad_alloc.
IXYFLOW_API void* allocate_on_node(std::size_t bytes, int node);
/// Gives back what `allocate_on_node` returned for `bytes`.
IXYFLOW_API void free_on_node(void* memory, std::size_t bytes) noexcept;

/// As long as it lives, pages that this thread touches first lie on a node.
class IXYFLOW_API PreferredNode {
 public:
  explicit PreferredNode(int node) noexcept;
  ~PreferredNode();
  PreferredNode(const PreferredNode&) = delete;
  PreferredNode& operator=(const PreferredNode&) = delete;

 private:
  int mode_ = 0;
  unsigned long nodes_[16] = {};  ///< as many bits as kernels are built for
  bool changed_ = false;
};

}  // namespace ixyflow
