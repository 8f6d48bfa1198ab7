#include "core/packet/node_memory.hpp"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
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
/// From so many bytes on a stretch is a huge page at least: what it costs is memory, what it saves are 32 and
/// more entries of the TLB.
constexpr std::size_t kWorthHugePage = 128 * 1024;

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

/// Has the kernel provide the first `bytes` bytes of `memory` now, so that no packet waits for a page.
void make_present(std::span<std::byte> memory, std::size_t bytes, int node) noexcept {
  prefer_node(memory, node);
  // Refused where the kernel is built without them: small pages do as well.
  if (memory.size() >= kHugePage) ::madvise(memory.data(), memory.size(), MADV_HUGEPAGE);
  for (std::size_t at = 0; at < bytes; at += kSmallPage)
    static_cast<volatile std::byte*>(memory.data())[at] = std::byte{0};
}

}  // namespace

void prefer_node(std::span<std::byte> memory, int node) noexcept {
  if (!known(node)) return;
  const NodeMask mask(static_cast<std::size_t>(node));
  ::syscall(SYS_mbind, memory.data(), memory.size(), MPOL_PREFERRED, mask.words, kMaskBits, 0UL);
}

void* allocate_on_node(std::size_t bytes, int node) {
  std::byte* const memory = map_aligned(bytes, bytes < kHugePage ? kSmallPage : kHugePage);
  make_present({memory, bytes}, bytes, node);
  return memory;
}

std::span<std::byte> allocate_stretch_on_node(std::size_t bytes, int node) {
  std::size_t length = std::bit_ceil(std::max(bytes, kSmallPage));
  if (length >= kWorthHugePage) length = std::max(length, kHugePage);
  const std::span<std::byte> stretch(map_aligned(length, length), length);
  make_present(stretch, bytes, node);
  return stretch;
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
