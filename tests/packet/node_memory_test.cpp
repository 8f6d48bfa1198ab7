#include "core/packet/node_memory.hpp"

#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstdint>
#include <utility>

using namespace ixyflow;

namespace {

/// The thread's present policy and its nodes, or nothing where the kernel knows no NUMA.
struct Policy {
  int mode = -1;
  std::array<unsigned long, 16> nodes{};
  Policy() { ::syscall(SYS_get_mempolicy, &mode, nodes.data(), nodes.size() * 64 + 1, nullptr, 0UL); }
  friend bool operator==(const Policy&, const Policy&) = default;
};

}  // namespace

TEST_CASE("memory of a node is zeroed, writable to its last byte and lies where it was wished") {
  const std::size_t bytes = 100'000;
  auto* memory = static_cast<unsigned char*>(allocate_on_node(bytes, 0));
  for (std::size_t i = 0; i < bytes; ++i) REQUIRE(memory[i] == 0);
  memory[bytes - 1] = 1;
  int node = 0;
  if (::syscall(SYS_get_mempolicy, &node, nullptr, 0UL, memory, MPOL_F_NODE | MPOL_F_ADDR) == 0)
    CHECK(node == 0);
  free_on_node(memory, bytes);
}

TEST_CASE("memory of a node that is not there is memory all the same") {
  for (const int node : {-1, 63, 100'000}) {
    void* memory = allocate_on_node(1, node);
    REQUIRE(memory != nullptr);
    free_on_node(memory, 1);
  }
}

TEST_CASE("a preferred node holds as long as its scope, inside another one too") {
  const Policy before;
  if (before.mode < 0) return;
  {
    const PreferredNode outer(0);
    const Policy inside;
    CHECK(inside.mode == MPOL_PREFERRED);
    CHECK(inside.nodes[0] == 1);
    {
      const PreferredNode none(-1);
      const PreferredNode same(0);
    }
    CHECK(Policy() == inside);
  }
  CHECK(Policy() == before);
}

TEST_CASE("a stretch of a node's memory begins at a multiple of its length, which is a power of two") {
  for (const std::size_t bytes :
       {std::size_t{1}, std::size_t{5000}, std::size_t{100'000}, 3 * kHugePage + 1}) {
    const NodeMemory memory = NodeMemory::stretch(bytes, 0);
    CHECK(memory.bytes() >= bytes);
    CHECK(std::has_single_bit(memory.bytes()));
    CHECK(reinterpret_cast<std::uintptr_t>(memory.get()) % memory.bytes() == 0);
    auto* const all = static_cast<unsigned char*>(memory.get());
    CHECK(all[bytes - 1] == 0);
    all[bytes - 1] = 1;
  }
}

TEST_CASE("large memory of a node begins at a huge page, zeroed to its last byte, and is given back") {
  constexpr std::size_t kBytes = 5 * kHugePage + 12'345;
  NodeMemory memory(kBytes, -1);
  const auto* bytes = static_cast<unsigned char*>(memory.get());
  CHECK(reinterpret_cast<std::uintptr_t>(bytes) % kHugePage == 0);
  for (std::size_t i = 0; i < kBytes; i += 512) REQUIRE(bytes[i] == 0);
  CHECK(bytes[kBytes - 1] == 0);
  NodeMemory moved = std::move(memory);
  CHECK(moved.get() == bytes);
  CHECK(moved.bytes() == kBytes);
  moved = NodeMemory();
  CHECK(NodeMemory(0, 0).get() == nullptr);
}
