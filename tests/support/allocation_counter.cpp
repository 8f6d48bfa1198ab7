#include <cstddef>
#include <cstdint>

#include "tests/support/element_harness.hpp"

// Counts the allocations of each thread, whoever makes them: operator new ends in malloc, too. Under a
// sanitizer its own hook is used; otherwise this program's malloc stands before the C library's.

#if defined(__SANITIZE_THREAD__)

namespace ixyflow::test {
std::uint64_t allocations() noexcept {
  return 0;
}
}  // namespace ixyflow::test

#else

static __thread std::uint64_t allocation_count;

namespace ixyflow::test {
std::uint64_t allocations() noexcept {
  return allocation_count;
}
}  // namespace ixyflow::test

#if defined(__SANITIZE_ADDRESS__)

// Of the sanitizer's run-time library; Debian's g++ comes without its header.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));

[[maybe_unused]] static const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++allocation_count; }, [](const volatile void*) {});

#else

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  ++allocation_count;
  return __libc_malloc(size);
}
[[gnu::visibility("default")]] void* calloc(std::size_t count, std::size_t size) {
  ++allocation_count;
  return __libc_calloc(count, size);
}
[[gnu::visibility("default")]] void* realloc(void* memory, std::size_t size) {
  ++allocation_count;
  return __libc_realloc(memory, size);
}
[[gnu::visibility("default")]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocation_count;
  return __libc_memalign(alignment, size);
}
}

#endif
#endif
