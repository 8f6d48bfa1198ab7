#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "core/base/api.hpp"

/// Memory on a wanted NUMA node. The node is a wish: where it has no memory left, or the kernel knows no
/// NUMA, the memory lies elsewhere.
namespace ixyflow {

inline constexpr std::size_t kSmallPage = 4096;
inline constexpr std::size_t kHugePage = 2 * 1024 * 1024;

/// Wishes that `memory`, whole pages that nobody has touched yet, will lie on node `node` (below 0:
/// wherever).
IXYFLOW_API void prefer_node(std::span<std::byte> memory, int node) noexcept;

/// Maps at least `bytes` zeroed bytes on node `node`, every page present; 2 MiB and more lie on transparent
/// huge pages where the kernel has them. Throws std::bad_alloc.
IXYFLOW_API void* allocate_on_node(std::size_t bytes, int node);
/// The same in a stretch of addresses where nothing else lies. Its length is a power of two, and it begins at
/// a multiple of that, so that one mask tells whether an address is in it; only its first `bytes` bytes are
/// present. From 128 KiB on it lies on transparent huge pages. Throws std::bad_alloc.
[[nodiscard]] IXYFLOW_API std::span<std::byte> allocate_stretch_on_node(std::size_t bytes, int node);
/// Gives back what `allocate_on_node` returned for `bytes`, or a stretch.
IXYFLOW_API void free_on_node(void* memory, std::size_t bytes) noexcept;

/// What `allocate_on_node` gives, as long as this lives. Of no bytes: null.
class NodeMemory {
 public:
  NodeMemory() = default;
  /// On node `node`; below 0: on that of the calling thread. Throws std::bad_alloc.
  NodeMemory(std::size_t bytes, int node)
      : memory_(bytes == 0 ? nullptr : allocate_on_node(bytes, node)), bytes_(bytes) {}
  NodeMemory(NodeMemory&& other) noexcept { *this = std::move(other); }
  NodeMemory& operator=(NodeMemory&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~NodeMemory() {
    if (memory_ != nullptr) free_on_node(memory_, bytes_);
  }
  /// What `allocate_stretch_on_node` gives; `bytes` are those of the stretch.
  [[nodiscard]] static NodeMemory stretch(std::size_t bytes, int node) {
    NodeMemory result;
    const std::span<std::byte> stretch = allocate_stretch_on_node(bytes, node);
    result.memory_ = stretch.data();
    result.bytes_ = stretch.size();
    return result;
  }
  /// Zeroed at first, aligned to a page.
  [[nodiscard]] void* get() const noexcept { return memory_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

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
