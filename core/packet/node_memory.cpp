#include "core/packet/node_memory.hpp"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <new>

#include "core/base/round_up.hpp"

namespace ixyflow {

namespace {

constexpr std::size_t kWordBits = sizeof(unsigned long) * CHAR_BIT;
constexpr std::size_t kMostNodes = 16 * kWordBits;
/// The kernel takes one bit less than it is told.
constexpr unsigned long kMaskBits = kMostNodes + 1;

struct NodeMask {
  unsigned long words[kMostNodes / kWordBits] = {};

  explicit NodeMask(std::size_t node) noexcept { words[node / kWordBits] = 1UL << node % kWordBits; }
};

bool known(int node) noexcept {
  return node >= 0 && static_cast<std::size_t>(node) < kMostNodes;
}

/// Maps `bytes` bytes that begin at a multiple of `alignment`: as many too many, of which both ends are given
/// back. Throws std::bad_alloc.
std::byte* map_aligned(std::size_t bytes, std::size_t alignment) {
  const std::size_t spare = alignment - kSmallPage;
  void* address = ::mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  auto* const first = static_cast<std::byte*>(address);
  const std::size_t before =
      round_up(reinterpret_cast<std::uintptr_t>(first), alignment) - reinterpret_cast<std::uintptr_t>(first);
  const std::size_t end = round_up(before + bytes, kSmallPage);
  const std::size_t mapped = round_up(bytes + spare, kSmallPage);
  if (before > 0) ::munmap(first, before);
  if (mapped > end) ::munmap(first + end, mapped - end);
  return first + before;
}

}  // namespace

void prefer_node(std::span<std::byte> memory, int node) noexcept {
  if (!known(node)) return;
  const NodeMask mask(static_cast<std::size_t>(node));
  ::syscall(SYS_mbind, memory.data(), memory.size(), MPOL_PREFERRED, mask.words, kMaskBits, 0UL);
}

void* allocate_on_node(std::size_t bytes, int node) {
  void* address = map_aligned(bytes, bytes < kHugePage ? kSmallPage : kHugePage);
  prefer_node({static_cast<std::byte*>(address), bytes}, node);
  // Refused where the kernel is built without them: small pages do as well.
  if (bytes >= kHugePage) ::madvise(address, bytes, MADV_HUGEPAGE);
  // Touched here, so that no packet waits for a page.
  for (std::size_t at = 0; at < bytes; at += kSmallPage)
    static_cast<volatile std::byte*>(address)[at] = std::byte{0};
  return address;
}

void free_on_node(void* memory, std::size_t bytes) noexcept {
  ::munmap(memory, bytes);
}

PreferredNode::PreferredNode(int node) noexcept {
  if (!known(node) || ::syscall(SYS_get_mempolicy, &mode_, nodes_, kMaskBits, nullptr, 0UL) != 0) return;
  const NodeMask mask(static_cast<std::size_t>(node));
  changed_ = ::syscall(SYS_set_mempolicy, MPOL_PREFERRED, mask.words, kMaskBits) == 0;
}

PreferredNode::~PreferredNode() {
  if (changed_) ::syscall(SYS_set_mempolicy, mode_, nodes_, kMaskBits);
}

}  // namespace ixyflow
