// What workers and the control thread tell each other.

#include "core/base/seqlock.hpp"
#include "core/element/resource.hpp"
#include "core/runtime/engine/handshake.hpp"
#include "core/runtime/engine/phase.hpp"
#include "tests/model/protocol.hpp"
#include "tests/model/ring.hpp"

using namespace ixyflow;
using namespace ixyflow::model;

namespace {

using ModelHandshake = HandshakeOf<Atomic>;

/// On the heap, because relacy makes protocols at addresses that are not aligned to cache lines.
std::unique_ptr<ModelHandshake> handshake_of_one() {
  return std::make_unique<ModelHandshake>(1);
}

/// Whether the worker answers while the control thread looks a few times.
bool answers(const ModelHandshake& handshake, ModelHandshake::Request request) {
  for (int look = 0; look < 2; ++look)
    if (handshake.answered(0, request)) return true;
  return false;
}

/// A worker copies its numbers before it answers; the control thread reads them afterwards, and asks again.
struct Snapshots : rl::test_suite<Snapshots, 2> {
  std::unique_ptr<ModelHandshake> handshake = handshake_of_one();
  Plain<int> numbers[2];

  void thread(unsigned index) { index == 0 ? control() : worker(); }
  void control() {
    for (int i = 0; i < 2; ++i) {
      if (!answers(*handshake, handshake->ask(/*statistics=*/true))) return;
      must(numbers[0].read() == numbers[1].read());
    }
  }
  void worker() {
    for (int round = 1; round <= 3; ++round) {
      const auto request = handshake->pending(0);
      if (request == 0) continue;
      for (Plain<int>& number : numbers) number.write(round);
      handshake->answer(0, request);
    }
  }
};

/// A change is written before it is asked for, taken over before the answer, and written anew after that.
struct LiveChanges : rl::test_suite<LiveChanges, 2> {
  std::unique_ptr<ModelHandshake> handshake = handshake_of_one();
  Plain<int> change{0};

  void thread(unsigned index) { index == 0 ? control() : worker(); }
  void control() {
    for (int value = 1; value <= 2; ++value) {
      change.write(value);
      if (!answers(*handshake, handshake->ask())) return;
    }
  }
  void worker() {
    int value = 0;
    for (int round = 0; round < 3; ++round) {
      const auto request = handshake->pending(0);
      if (request == 0) continue;
      const int next = change.read();
      must(next == value + 1);
      value = next;
      handshake->answer(0, request);
    }
  }
};

/// An old version is freed (here: written to) once a later request was answered; the worker reads one version
/// in each round, twice.
struct Versions : rl::test_suite<Versions, 2> {
  struct Data {
    explicit Data(int number) : content(number) {}
    mutable Plain<int> content;
  };
  std::unique_ptr<ModelHandshake> handshake = handshake_of_one();
  Versioned<Data, Atomic> versions;

  Versions() { static_cast<void>(versions.publish(std::make_shared<const Data>(1))); }
  void thread(unsigned index) { index == 0 ? control() : worker(); }
  void control() {
    const auto old = versions.publish(std::make_shared<const Data>(2));
    if (answers(*handshake, handshake->ask())) old->content.write(0);
  }
  void worker() {
    int last = 0;
    for (int round = 0; round < 3; ++round) {
      const Data& data = versions.read();
      const int content = data.content.read();
      must(content >= last && content == data.content.read());
      last = content;
      if (const auto request = handshake->pending(0); request != 0) handshake->answer(0, request);
    }
  }
};

/// Numbers through a ring that is soon full, so that its places are used again.
struct Places : rl::test_suite<Places, 2> {
  Ring<1> ring;

  void thread(unsigned index) { index == 0 ? produce() : consume(); }
  void produce() {
    int number = 0;
    for (int round = 0; round < 4; ++round)
      if (ring.push(number)) ++number;
  }
  void consume() {
    int expected = 0;
    for (int round = 0; round < 3; ++round)
      if (const auto number = ring.pop()) must(*number == expected++);
  }
};

/// Buffers go out by one ring and home by another; both sides write to them while they have them.
struct BuffersGoHome : rl::test_suite<BuffersGoHome, 2> {
  static constexpr int kBuffers = 2;
  Ring<kBuffers> out;
  Ring<kBuffers> home;  // room for the whole pool: a return never fails
  Plain<int> buffers[kBuffers];

  void thread(unsigned index) { index == 0 ? owner() : user(); }
  void owner() {
    std::array<int, kBuffers> stack{1, 0};
    std::size_t free = kBuffers;
    for (int round = 0; round < 3; ++round) {
      while (const auto back = home.pop()) {
        must(free < kBuffers);
        stack[free++] = *back;
      }
      if (free == 0) continue;
      const int buffer = stack[--free];
      buffers[buffer].write(round);
      must(out.push(buffer));
    }
  }
  void user() {
    for (int round = 0; round < 2; ++round) {
      const auto buffer = out.pop();
      if (!buffer) continue;
      buffers[*buffer].write(buffers[*buffer].read() + 100);
      must(home.push(*buffer));
    }
  }
};

/// A packet from one worker to the other, which makes two of it and sends them back one by one; and a control
/// thread that must not end the run while any is under way. The workers publish as Worker does, and take
/// their quiet back when they find something, or do not.
template <bool TakesBack>
struct EndOfRunOf : rl::test_suite<EndOfRunOf<TakesBack>, 3> {
  WorkerStatusOf<Atomic> status[2];
  Ring<2> rings[2];  ///< by the worker that they lead to
  /// True at a point of the interleaving, whoever knows of it: packets in rings and in somebody's hands.
  int under_way = 1;

  EndOfRunOf() { status[1].publish({.quiet = true}); }
  void thread(unsigned index) { index == 2 ? control() : work(index); }

  void work(unsigned self) {
    WorkerView published{.quiet = self == 1};
    WorkerView now;
    for (int round = 0; round < 3; ++round) {
      const bool source = self == 0 && round == 0;
      now.quiet = !source && !receive(self, now, published);
      if (source) send(self, now);
      if ((!now.quiet && !published.quiet) || now == published) continue;
      status[self].publish(published = now);
    }
  }
  /// False when the ring is empty.
  bool receive(unsigned self, WorkerView& now, WorkerView& published) {
    if (!rings[self].pop()) return false;
    if (TakesBack && published.quiet) {
      published.quiet = false;
      status[self].publish(published);
    }
    ++now.received;
    if (self == 1) {
      under_way += 1;  // one has become two
      send(self, now);
      send(self, now);
    } else {
      under_way -= 1;
    }
    return true;
  }
  void send(unsigned self, WorkerView& now) {
    must(rings[1 - self].push(1));
    ++now.sent;
  }

  void control() {
    std::array<WorkerView, 2> before;
    for (int look = 0; look < 2; ++look) {
      const std::array<WorkerView, 2> now{status[0].view(), status[1].view()};
      if (at_rest(before, now)) return must(under_way == 0);
      before = now;
    }
  }
};

using EndOfRun = EndOfRunOf<true>;
using HastyEndOfRun = EndOfRunOf<false>;

/// A value of two halves is stored twice; nobody sees halves of two, nor the older one after the newer one.
struct SequenceLock : rl::test_suite<SequenceLock, 2> {
  struct Halves {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
  };
  Seqlock<Halves, Atomic, 2> lock;

  void thread(unsigned index) { index == 0 ? write() : read(); }
  void write() {
    for (std::uint64_t i = 1; i <= 2; ++i) lock.store({i, i});
  }
  void read() {
    std::uint64_t last = 0;
    for (int look = 0; look < 2; ++look) {
      const auto halves = lock.load();
      if (!halves) continue;
      must(halves->left == halves->right && halves->left >= last);
      last = halves->left;
    }
  }
};

}  // namespace

TEST_CASE("J8: snapshots are consistent, and every memory order of the handshake is needed for it") {
  CHECK(check_protocol<Snapshots>("core/runtime/engine/handshake.hpp") == 4);
}

TEST_CASE("J8: live changes arrive whole, and every memory order of the handshake is needed for it") {
  CHECK(check_protocol<LiveChanges>("core/runtime/engine/handshake.hpp") == 4);
}

TEST_CASE("J8: a version is freed when nobody reads it, and every memory order is needed for it") {
  CHECK(check_protocol<Versions>("core/") == 6);
}

TEST_CASE("J8: a reader of a sequence lock sees no halves, and every memory order of it is needed") {
  CHECK(check_protocol<SequenceLock>("core/base/seqlock.hpp", 3) == 4);
}

TEST_CASE("J8: a run ends when nothing is under way, and every memory order is needed to know") {
  CHECK(check_protocol<EndOfRun>("core/runtime/engine/phase.hpp", 2) == 2);
}

TEST_CASE("a worker that keeps saying that it is quiet while it works would end the run too early") {
  mutation = {};
  CHECK_FALSE(explore<HastyEndOfRun>(2).good);
}

TEST_CASE("J8: every memory order of the ring is needed") {
  CHECK(check_protocol<Places>("boost/lockfree") == 4);
}

TEST_CASE("J8: buffers come home whole, by rings alone") {
  mutation = {};
  check_promise<BuffersGoHome>(3);
}
