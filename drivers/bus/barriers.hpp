#pragma once

#include <atomic>
#include <type_traits>

namespace ixyflow::drivers {

// What a device writes into memory and what it is given there changes hands with these. On x86, where stores
// become visible in order and loads are done in order, they cost nothing: only the compiler is held back.
// Weakly ordered CPUs get the fence that orders their normal memory against a device.

/// Between reading that the device has given something back (DD, a written-back head) and reading what it
/// gave.
inline void acquire_from_device() noexcept {
#if defined(__x86_64__)
  std::atomic_signal_fence(std::memory_order_acquire);
#elif defined(__aarch64__)
  asm volatile("dmb oshld" ::: "memory");
#else
#error "no barrier is known for this CPU"
#endif
}

/// Between writing what the device shall read and telling it by a doorbell. On x86 this holds for memory
/// mapped as write-back and registers mapped uncached; neither of our ways maps registers write-combining.
inline void release_to_device() noexcept {
#if defined(__x86_64__)
  std::atomic_signal_fence(std::memory_order_release);
#elif defined(__aarch64__)
  asm volatile("dmb oshst" ::: "memory");
#else
#error "no barrier is known for this CPU"
#endif
}

/// Memory that a device may write at any time, read exactly once: what is checked is what is used.
template <class T>
[[nodiscard]] T read_once(const T& value) noexcept {
  return *static_cast<const volatile T*>(&value);
}
/// The same memory, written exactly once, where the source says.
template <class T>
void write_once(T& place, std::type_identity_t<T> value) noexcept {
  *static_cast<volatile T*>(&place) = value;
}

}  // namespace ixyflow::drivers
