#pragma once

#include <atomic>
#include <type_traits>

namespace ixyflow::drivers {

// What a device writes into memory and what it is given there changes hands with these. On x86, where stores
// become visible in order and loads are done in order, they cost nothing: only the compiler is held back.
// Weakly ordered CPUs get the fence that orders their normal memory against a device.
//
// No model checker knows devices: tests/model puts the fence between threads in their place. What stands for
// the device is the litmus test of message passing (MP), as ARM's manual has it (DDI 0487, the
// appendix of barrier litmus tests), and as Linux relies on it in readl, writel, dma_rmb and dma_wmb:
//
//   CPU:    store memory; dmb oshst; store flag       device: reads flag anew, then memory: anew
//   device: writes memory, then flag                  CPU: load flag anew; dmb oshld; load memory: anew
//
// The flag is in memory (an index, DD) or a register (a doorbell, which is Device memory): a store to normal
// memory and one to Device memory have no order without the dmb. The domain is outer shareable, because that
// is where devices are. What a device does in order is up to the bus: PCI writes do not pass each other, and
// a read does not pass a write (PCI Express 5.0, 2.4.1).

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
/// functions above give it.
template <class T>
[[nodiscard]] T read_once(const T& value) noexcept {
  return *static_cast<const volatile T*>(&value);
}
/// The same memory, written exactly once, where the source says.
template <class T>
void write_once(T& place, std::type_identity_t<T> value) noexcept {
  *static_cast<volatile T*>(&place) = value;
}

/// How the CPU that this runs on orders memory. tests/model has another: a protocol over shared memory is a
/// template with this as its parameter, so that what is checked there is what runs here.
struct HostCpu {
  template <class T>
  using Ref = std::atomic_ref<T>;
  static void fence(std::memory_order order) noexcept { std::atomic_thread_fence(order); }
  static void acquire_from_device() noexcept { drivers::acquire_from_device(); }
  static void release_to_device() noexcept { drivers::release_to_device(); }

  /// Whether an exchange holds back all reads that follow it, as every locked operation of x86 does. It is
  /// one instruction instead of two, and ThreadSanitizer knows it, which knows no fences.
#if defined(__x86_64__)
  static constexpr bool kExchangeIsFence = true;
#else
  static constexpr bool kExchangeIsFence = false;
#endif
};

/// Words that a CPU on the other side writes and reads, while we are the device: a guest, or whoever drives a
/// vhost back end. Here order and access are one, for words of 2, 4 or 8 bytes at multiples of their size.
template <class Cpu = HostCpu>
struct PeerWordsOf {
  /// Reads once, in no order.
  template <class T>
  [[nodiscard]] static T read(T& value) noexcept {
    return typename Cpu::template Ref<T>(value).load(std::memory_order_relaxed);
  }
  /// Reads once; what the peer wrote before it wrote this is seen afterwards.
  template <class T>
  [[nodiscard]] static T read_acquire(T& value) noexcept {
    return typename Cpu::template Ref<T>(value).load(std::memory_order_acquire);
  }
  /// Writes once; whoever sees it sees, too, what was written before, and what was read before stays read.
  template <class T>
  static void write_release(T& place, std::type_identity_t<T> value) noexcept {
    typename Cpu::template Ref<T>(place).store(value, std::memory_order_release);
  }
  /// `write_release`, seen by all before anything that follows is read: what must lie between saying that
  /// something was used and asking whether somebody wants to know (virtio 1.2 asks the same of a driver in
  /// 2.7.13.4.1 and 2.8.21.3.1). A full barrier, and an expensive one.
  ///
  /// The peer does the same with its own two words, and one of both must see the other's: store buffering
  /// (SB, as litmus tests are called). An exchange alone, even one that is seq_cst, promises that to no plain
  /// read behind it: on ARM without LSE it is a loop of ldaxr and stlxr, which such a read may overtake.
  template <class T>
  static void write_before_reads(T& place, std::type_identity_t<T> value) noexcept {
    typename Cpu::template Ref<T> word(place);
    if constexpr (Cpu::kExchangeIsFence) {
      word.exchange(value, std::memory_order_seq_cst);
    } else {
      word.store(value, std::memory_order_release);
      Cpu::fence(std::memory_order_seq_cst);
    }
  }
};

}  // namespace ixyflow::drivers
