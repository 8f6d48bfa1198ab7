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

/// Memory that the other side may write at any time, read exactly once: what is checked is what is used (no
/// time-of-check to time-of-use).
///
/// By volatile, as Linux's READ_ONCE does it, not by std::atomic_ref: one access, neither repeated nor left
/// out, is all that is asked, and only volatile gives it to a used element that lies at 4 bytes and to 16
/// bytes in a vector register, for which there are no atomics without a lock. Order is not its affair: the
/// functions above give it, and those below.
template <class T>
[[nodiscard]] T read_once(const T& value) noexcept {
  return *static_cast<const volatile T*>(&value);
}
/// The same memory, written exactly once, where the source says.
template <class T>
void write_once(T& place, std::type_identity_t<T> value) noexcept {
  *static_cast<volatile T*>(&place) = value;
}

// The same where the other side is a CPU, and we are the device: a guest, or whoever drives a vhost back end.
// Here order and access are one, for words of 2, 4 or 8 bytes at multiples of their size; an atomic access,
// and no fence beside it, because ThreadSanitizer knows only the former.

/// Reads once; what the guest wrote before it wrote this is seen afterwards.
template <class T>
[[nodiscard]] T read_acquire(T& value) noexcept {
  return std::atomic_ref(value).load(std::memory_order_acquire);
}
/// Writes once; whoever sees it sees, too, what was written before, and what was read before stays read.
template <class T>
void write_release(T& place, std::type_identity_t<T> value) noexcept {
  std::atomic_ref(place).store(value, std::memory_order_release);
}
/// `write_release`, seen by all before anything that follows is read: what must lie between saying that
/// something was used and asking whether somebody wants to know. A full barrier, and an expensive one.
template <class T>
void write_before_reads(T& place, std::type_identity_t<T> value) noexcept {
  std::atomic_ref(place).exchange(value, std::memory_order_seq_cst);
#if defined(__aarch64__)
  // There the exchange does not hold back plain reads that follow.
  asm volatile("dmb ish" ::: "memory");
#endif
}

}  // namespace ixyflow::drivers
