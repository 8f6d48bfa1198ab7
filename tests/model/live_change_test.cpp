// A parameter of an element with copies on two workers is changed while they run.

#include "core/runtime/engine/handshake.hpp"
#include "tests/model/protocol.hpp"

using namespace ixyflow;
using namespace ixyflow::model;

namespace {

using ModelHandshake = HandshakeOf<Atomic>;

constexpr std::size_t kWorkers = 2;

/// A number that is read as often as the product reads it.
struct WatchedRequest {
  explicit WatchedRequest(ModelHandshake::Request request) : number(request) {}
  operator ModelHandshake::Request() const { return number.read(); }
  Plain<ModelHandshake::Request> number;
};

/// A new value for all copies, in one spare for each, which a worker swaps with what its copy has.
struct Change {
  explicit Change(ModelHandshake::Request number) : request(number) {}
  WatchedRequest request;
  mutable Plain<int> spares[kWorkers];
};

/// Two values, one after the other: each worker takes over both, in their order, between two rounds. When all
/// have answered, what their copies had before is in the spares, and the control thread's to free (here: to
/// write to). With `kReaches` the workers answer once before each change, as they do in LiveParameters.
template <bool kReaches>
struct LiveChangesOf : rl::test_suite<LiveChangesOf<kReaches>, kWorkers + 1> {
  // On the heap, because relacy makes protocols at addresses that are not aligned to cache lines.
  std::unique_ptr<ModelHandshake> handshake = std::make_unique<ModelHandshake>(kWorkers);
  HandedOver<Change, Atomic> changes{*handshake};

  void thread(unsigned index) { index == kWorkers ? control() : work(index); }

  void control() {
    for (int value = 1; value <= 2; ++value) {
      if (kReaches && !await(handshake->ask())) return;
      const auto change = std::make_shared<const Change>(handshake->next());
      for (Plain<int>& spare : change->spares) spare.write(value);
      for (std::size_t worker = 0; worker < kWorkers; ++worker) changes.give(worker, change);
      if (!await(handshake->ask())) continue;
      for (Plain<int>& spare : change->spares) spare.write(-1);
    }
  }
  /// Whether all workers answer while the control thread looks a few times.
  bool await(ModelHandshake::Request request) {
    for (int look = 0; look < 2; ++look) {
      if (handshake->answered_by_all(request)) return true;
      let_others_run();
    }
    return false;
  }

  void work(std::size_t self) {
    int value = 0;
    for (int round = 0; round < 4; ++round) {
      const auto request = handshake->pending(self);
      if (request == 0) {
        let_others_run();
        continue;
      }
      if (const Change* change = changes.next(self)) {
        const int next = change->spares[self].read();
        must(next == value + 1);
        change->spares[self].write(value);
        value = next;
      }
      handshake->answer(self, request);
    }
  }
};

using LiveChangesOnTwo = LiveChangesOf<true>;

}  // namespace

TEST_CASE("J8: live changes arrive on all workers, and every memory order is needed for it") {
  CHECK(check_protocol<LiveChangesOnTwo>("core/runtime/engine/handshake.hpp", 1) == 4);
}

TEST_CASE("a change that is handed over before all workers have answered meets one that reads the last") {
  mutation = {};
  CHECK_FALSE(explore<LiveChangesOf<false>>(3).good);
}
