#include "core/packet/node_memory.hpp"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <new>

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

}  // namespace

void prefer_node(std::span<std::byte> memory, int node) noexcept {
  if (!known(node)) return;
  const NodeMask mask(static_cast<std::size_t>(node));
  ::syscall(SYS_mbind, memory.data(), memory.size(), MPOL_PREFERRED, mask.words, kMaskBits, 0UL);
}

void* allocate_on_node(std::size_t bytes, int node) {
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  prefer_node({static_cast<std::byte*>(address), bytes}, node);
  // Touched here, so that no packet waits for a page.
  for (std::size_t at = 0; at < bytes; at += 4096)
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
