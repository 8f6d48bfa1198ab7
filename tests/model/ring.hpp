#pragma once

#include "tests/model/checker.hpp"

// Boost's ring, from its own source, over the checker's atomics: what it would include to get std::atomic is
// given here.
#define BOOST_LOCKFREE_DETAIL_ATOMIC_HPP
namespace boost::lockfree {
namespace detail {
using ixyflow::model::Atomic;
template <class T>
using atomic = Atomic<T>;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
}  // namespace detail
using detail::atomic;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
}  // namespace boost::lockfree
#include <boost/lockfree/spsc_queue.hpp>

namespace ixyflow::model {

/// The ring of core/runtime/engine/ring.hpp and of a pool's return path, for `Length` numbers. Its places are
/// watched: none may be written to while it is read.
template <std::size_t Length>
class Ring {
 public:
  bool push(int number) {
    const Item item{this, number};
    return ring_.push(&item, 1) == 1;
  }
  /// Nothing when it is empty.
  std::optional<int> pop() {
    Item item{this, 0};
    return ring_.pop(&item, 1) == 1 ? std::optional(item.number) : std::nullopt;
  }

 private:
  /// Copied into a place of the ring by construction, and out of it by assignment.
  struct Item {
    Item(Ring* in, int value) : ring(in), number(value) {}
    Item(const Item& from) : ring(from.ring), number(from.number) { ring->twin(this).write(number); }
    Item& operator=(const Item& from) {
      number = ring->twin(&from).read();
      return *this;
    }
    Ring* ring;
    int number;
  };
  static constexpr std::size_t kPlaces = Length + 1;  // one is always empty

  /// The watched twin of a place.
  Plain<int>& twin(const Item* place) {
    return places_[reinterpret_cast<std::uintptr_t>(place) / sizeof(Item) % kPlaces];
  }

  boost::lockfree::spsc_queue<Item, boost::lockfree::capacity<Length>> ring_;
  Plain<int> places_[kPlaces];
};

}  // namespace ixyflow::model
