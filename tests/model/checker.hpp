#pragma once

// Everything of the standard library first: relacy.hpp defines macros called `new`, `free` and the like.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <relacy/relacy.hpp>
#include <source_location>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef $
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst

/// Runs our protocols under relacy, which tries interleavings one after another and lets a load return every
/// value that its memory order allows. The protocols are those of core: they take the checker's `Atomic` in
/// the place of std::atomic.
namespace ixyflow::model {

/// A place in the source that names a memory order stronger than relaxed, and which: some name two.
using Site = std::tuple<std::string_view, std::uint_least32_t, std::uint_least32_t, std::memory_order>;

inline std::string show(const Site& site) {
  constexpr std::array kOrders{"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
  return std::string(std::get<0>(site)) + ":" + std::to_string(std::get<1>(site)) + " (" +
         kOrders.at(static_cast<std::size_t>(std::get<3>(site))) + ")";
}

/// The places that were passed, and the one whose order is made relaxed. An array, because relacy takes
/// memory that is allocated inside a run for the protocol's.
struct Mutation {
  std::array<Site, 64> seen;
  std::size_t count = 0;
  std::optional<Site> weakened;

  [[nodiscard]] std::vector<Site> sites() const {
    return {seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  void see(const Site& site) {
    if (std::find(seen.begin(), seen.begin() + count, site) == seen.begin() + count) seen.at(count++) = site;
  }
};
inline Mutation mutation;

inline rl::memory_order order_at(std::memory_order order, const std::source_location& where) {
  if (order == std::memory_order_relaxed) return rl::mo_relaxed;
  const Site site{where.file_name(), where.line(), where.column(), order};
  if (!mutation.weakened) mutation.see(site);
  if (mutation.weakened == site) return rl::mo_relaxed;
  if (order == std::memory_order_acquire) return rl::mo_acquire;
  if (order == std::memory_order_release) return rl::mo_release;
  return rl::mo_seq_cst;
}

inline rl::debug_info place(const std::source_location& where) {
  return {where.function_name(), where.file_name(), where.line()};
}

/// What the protocols use of std::atomic.
template <class T>
class Atomic {
  using Where = std::source_location;

 public:
  Atomic(T value = {}) : last_(value) { value_.store(kept(value), rl::mo_relaxed, place(Where::current())); }
  T load(std::memory_order order, Where where = Where::current()) const {
    return static_cast<T>(value_.load(order_at(order, where), place(where)));
  }
  void store(T value, std::memory_order order, Where where = Where::current()) {
    // To store what was stored last changes nothing for anybody, but would double the number of
    // interleavings.
    if (order == std::memory_order_relaxed && value == last_) return;
    last_ = value;
    value_.store(kept(value), order_at(order, where), place(where));
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure,
                               Where where = Where::current()) {
    Kept found = kept(expected);
    const rl::memory_order otherwise = order_at(failure, where);
    const bool done = value_.compare_exchange(rl::bool_t<false>(), found, kept(value),
                                              order_at(success, where), rl::mo_relaxed, place(where));
    // relacy refuses an order of the failure that is more than that of the success, as C++ did before 2017.
    if (!done && otherwise != rl::mo_relaxed) rl::atomic_thread_fence(otherwise, place(where));
    expected = static_cast<T>(found);
    if (done) last_ = value;
    return done;
  }
  /// With an order for both outcomes: seq_cst or relaxed.
  bool compare_exchange_strong(T& expected, T value, std::memory_order order,
                               Where where = Where::current()) {
    Kept found = kept(expected);
    const bool done = value_.compare_exchange(rl::bool_t<false>(), found, kept(value), order_at(order, where),
                                              place(where));
    expected = static_cast<T>(found);
    if (done) last_ = value;
    return done;
  }
  T exchange(T value, std::memory_order order, Where where = Where::current()) {
    last_ = value;
    return static_cast<T>(value_.exchange(kept(value), order_at(order, where), place(where)));
  }
  [[nodiscard]] bool is_lock_free() const { return true; }

 private:
  // relacy knows no pointers to const, and shows enumerations as characters.
  using Kept = std::conditional_t<std::is_pointer_v<T>, std::remove_const_t<std::remove_pointer_t<T>>*,
                                  std::conditional_t<std::is_enum_v<T>, int, T>>;
  static Kept kept(T value) {
    if constexpr (std::is_pointer_v<T>)
      return const_cast<Kept>(value);
    else
      return value;
  }

  T last_;
  rl::atomic<Kept> value_;
};

/// Words of memory that is no object of the protocol's own, but has a layout that somebody else gave it: a
/// ring. Each has an atomic beside it, which is what the protocol reads and writes.
class SharedMemory {
 public:
  SharedMemory() { current = this; }

  /// Before the threads begin: a word that both sides touch, with what it has now.
  template <class T>
  void add(const T& word) {
    words_.at(count_).store(word, rl::mo_relaxed, place(std::source_location::current()));
    places_.at(count_++) = &word;
  }
  rl::atomic<std::uint64_t>& at(const void* word) {
    const auto found = std::find(places_.begin(), places_.begin() + count_, word);
    return words_.at(static_cast<std::size_t>(found - places_.begin()));
  }

  inline static SharedMemory* current = nullptr;  ///< that of the run

 private:
  std::array<const void*, 8> places_;
  std::array<rl::atomic<std::uint64_t>, 8> words_;
  std::size_t count_ = 0;
};

/// What the protocols use of std::atomic_ref.
template <class T>
class Ref {
  using Where = std::source_location;

 public:
  explicit Ref(T& word) : word_(SharedMemory::current->at(&word)) {}
  T load(std::memory_order order, Where where = Where::current()) const {
    return static_cast<T>(word_.load(order_at(order, where), place(where)));
  }
  void store(T value, std::memory_order order, Where where = Where::current()) const {
    word_.store(value, order_at(order, where), place(where));
  }

 private:
  rl::atomic<std::uint64_t>& word_;
};

/// In the place of drivers::HostCpu: a CPU that orders nothing by itself. A device is a thread here, and the
/// barriers against it are fences between threads.
struct WeakCpu {
  using Where = std::source_location;
  template <class T>
  using Ref = model::Ref<T>;
  static constexpr bool kExchangeIsFence = false;

  static void fence(std::memory_order order, Where where = Where::current()) {
    // A fence that is made relaxed is none.
    if (const rl::memory_order now = order_at(order, where); now != rl::mo_relaxed)
      rl::atomic_thread_fence(now, place(where));
  }
  static void acquire_from_device(Where where = Where::current()) { fence(std::memory_order_acquire, where); }
  static void release_to_device(Where where = Where::current()) { fence(std::memory_order_release, where); }
};

/// A plain variable: two accesses of it that are not ordered, one of them a write, are an error.
template <class T>
class Plain {
  using Where = std::source_location;

 public:
  explicit Plain(T value = {}) { write(value); }
  T read(Where where = Where::current()) const { return value_(place(where)).load(); }
  void write(T value, Where where = Where::current()) { value_(place(where)).store(value); }

 private:
  mutable rl::var<T> value_;
};

/// Has each other thread do something, where this one has found nothing to do: what is no preemption, because
/// it does not come at a bad moment.
inline void let_others_run(std::source_location where = std::source_location::current()) {
  rl::ctx().yield(1, place(where));
}

/// What holds at this point of the interleaving; the run fails when it does not.
inline void must(bool condition, std::source_location where = std::source_location::current()) {
  if (!condition) rl::ctx().fail_test("must hold", rl::test_result_user_assert_failed, place(where));
}

struct Outcome {
  bool good = false;
  std::uint64_t interleavings = 0;
  std::string report;  ///< of a failure: what every thread did
};

/// Tries all interleavings with at most `preemptions` of them forced on a thread that could go on; 0: all
/// there are.
template <class Protocol>
Outcome explore(unsigned preemptions) {
  rl::ostringstream output;  // with memory that relacy does not watch
  rl::test_params params;
  params.search_type = preemptions == 0 ? rl::sched_full : rl::sched_bound;
  params.context_bound = preemptions;
  params.iteration_count = 2'000'000;
  params.output_stream = &output;
  params.progress_stream = &output;
  const bool good = rl::simulate<Protocol>(params);
  // Without a failure it must have come to its end.
  return {good && params.stop_iteration < params.iteration_count, params.stop_iteration,
          output.str().c_str()};
}

}  // namespace ixyflow::model
