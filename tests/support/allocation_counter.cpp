#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "tests/support/element_harness.hpp"
#include "tests/support/failing_allocation.hpp"

// Counts the allocations of each thread, whoever makes them: operator new ends in malloc, too. Under a
// sanitizer its own hook is used; otherwise this program's malloc stands before the C library's.

#if defined(__SANITIZE_THREAD__)

namespace ixyflow::test {
std::uint64_t allocations() noexcept {
  return 0;
}
FailingAllocation::FailingAllocation(std::uint64_t) noexcept {}
FailingAllocation::~FailingAllocation() = default;
bool FailingAllocation::possible() noexcept {
  return false;
}
bool FailingAllocation::failed() const noexcept {
  return false;
}
}  // namespace ixyflow::test

#else

static __thread std::uint64_t allocation_count;
/// The number of the allocation that fails; 0: none does.
static __thread std::uint64_t failing_allocation;

namespace ixyflow::test {
std::uint64_t allocations() noexcept {
  return allocation_count;
}
FailingAllocation::FailingAllocation(std::uint64_t nth) noexcept {
  failing_allocation = allocation_count + nth;
}
FailingAllocation::~FailingAllocation() {
  failing_allocation = 0;
}
bool FailingAllocation::failed() const noexcept {
  return allocation_count >= failing_allocation;
}
}  // namespace ixyflow::test

#if defined(__SANITIZE_ADDRESS__)

bool ixyflow::test::FailingAllocation::possible() noexcept {
  return false;
}

// Of the sanitizer's run-time library; Debian's g++ comes without its header.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));

[[maybe_unused]] static const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++allocation_count; }, [](const volatile void*) {});

#else

bool ixyflow::test::FailingAllocation::possible() noexcept {
  return true;
}

/// Counts one more; whether it is to fail.
static bool is_refused() noexcept {
  if (++allocation_count != failing_allocation) return false;
  errno = ENOMEM;
  return true;
}

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  return is_refused() ? nullptr : __libc_malloc(size);
}
[[gnu::visibility("default")]] void* calloc(std::size_t count, std::size_t size) {
  return is_refused() ? nullptr : __libc_calloc(count, size);
}
[[gnu::visibility("default")]] void* realloc(void* memory, std::size_t size) {
  return is_refused() ? nullptr : __libc_realloc(memory, size);
}
[[gnu::visibility("default")]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return is_refused() ? nullptr : __libc_memalign(alignment, size);
}
}

#endif
#endif
