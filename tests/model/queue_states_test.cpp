// Who has a queue, and who has a ring of a guest: state machines between a worker and the control thread.

#include "drivers/bus/queue_state.hpp"
#include "drivers/virtio/device/ring/ring_state.hpp"
#include "tests/model/protocol.hpp"

using namespace ixyflow;
using namespace ixyflow::model;
using namespace ixyflow::drivers;

namespace {

/// A queue is filled, works, is taken away by the control thread and filled anew. What the worker writes into
/// the ring the control thread reads when it gives the ring to the device, and where the device's doorbell is
/// it writes; the worker uses both, and gives back buffers that were the device's.
struct QueueLife : rl::test_suite<QueueLife, 2> {
  using State = QueueStateOf<Atomic>;
  State state;
  Plain<int> ring{0};
  Plain<int> doorbell{0};

  void thread(unsigned index) { index == 0 ? control() : work(); }
  void control() {
    bool taken_away = false;
    for (int look = 0; look < 4; ++look) {
      const State::State now = state.get();
      if (now == State::filled) {
        doorbell.write(ring.read());
        state.set(State::working);
      } else if (now == State::working) {
        state.set(State::leaving);
        taken_away = true;
      } else if (now == State::empty && taken_away) {
        must(ring.read() == -1);
        state.set(State::filling);
      }
    }
  }
  void work() {
    fill(1);
    for (int round = 0; round < 4; ++round) {
      if (state.is_working()) must(doorbell.read() == ring.read());
      if (state.get() == State::leaving) {
        must(doorbell.read() == ring.read());
        ring.write(-1);
        state.set(State::empty);
      }
      if (state.get() == State::filling) fill(2);
    }
  }
  void fill(int value) {
    ring.write(value);
    state.set(State::filled);
  }
};

/// A ring is given to its worker and taken back as often as both look; its memory is unmapped (here: written
/// to) only when no worker uses it. The worker ends at some time, and then the ring comes back at once.
template <class State>
struct RingLifeOf : rl::test_suite<RingLifeOf<State>, 2> {
  State state;
  Plain<int> memory{0};
  bool given = false;

  void thread(unsigned index) { index == 0 ? control() : work(); }
  void control() {
    for (int look = 0; look < 4; ++look) {
      if (given) {
        take_back();
      } else if (state.get() == State::parked) {
        memory.write(1);
        state.give();
        given = true;
      }
    }
  }
  void take_back() {
    if (!state.take_back()) return;
    memory.write(0);
    given = false;
  }
  void work() {
    for (int round = 0; round < 4; ++round) {
      const auto now = state.get();
      if (now == State::given) state.begin();
      if (now == State::given || now == State::working) {
        must(memory.read() == 1);
      } else if (now != State::parked) {
        state.park();
      }
    }
    state.abandon();
  }
  void after() {
    if (given) take_back();
    must(!given);
  }
};

using RingLife = RingLifeOf<vhost::RingStateOf<Atomic>>;

/// The same with a control thread that looks first and writes then.
struct HastyState : vhost::RingStateOf<Atomic> {
  void give() { word.store(given, std::memory_order_release); }
  bool take_back() {
    const State now = get();
    if (now == working) word.store(leaving, std::memory_order_release);
    return now == parked || now == absent;
  }
  State get() const { return word.load(std::memory_order_acquire); }
  void begin() { word.store(working, std::memory_order_release); }
  void park() { word.store(parked, std::memory_order_release); }
  void abandon() { word.store(absent, std::memory_order_release); }
  Atomic<State> word{absent};
};

}  // namespace

TEST_CASE("J8: a queue changes hands whole, and every memory order of its state is needed") {
  CHECK(check_protocol<QueueLife>("drivers/bus/queue_state.hpp", 3) == 2);
}

TEST_CASE("J8: a guest's ring comes back from a worker that ends, and every memory order is needed") {
  CHECK(check_protocol<RingLife>("drivers/virtio/device/ring/ring_state.hpp", 3) == 4);
}

TEST_CASE("a control thread that overwrites what a worker said at its end would wait for it for ever") {
  mutation = {};
  CHECK_FALSE(explore<RingLifeOf<HastyState>>(3).good);
}
