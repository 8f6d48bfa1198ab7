// Two threads enter one address into a table of stations, and choose different places for it.

#include "elements/ether/ether_bucket.hpp"
#include "tests/model/protocol.hpp"

using namespace ixyflow;
using namespace ixyflow::model;
using elements::EtherWord;

namespace {

using Bucket = elements::EtherBucket<Atomic>;

constexpr std::uint64_t kStation = 1;
constexpr std::uint64_t kOther = 2;
constexpr std::uint32_t kNow = 100;
constexpr std::uint32_t kTooOld = 50;

/// A bucket whose first place is taken, and is given up meanwhile: who has not seen that takes the second
/// one.
struct Stations {
  // On the heap, because relacy makes protocols at addresses that are not aligned to cache lines.
  std::unique_ptr<Bucket> bucket = std::make_unique<Bucket>();

  Stations() { learn(kOther, 0); }
  void learn(std::uint64_t address, PortIndex output) {
    const Bucket::Place place = bucket->place_for(address, kTooOld);
    if (EtherWord::is_static(place.word)) return;
    static_cast<void>(
        bucket->replace(place, EtherWord::learned(address, output), kNow, [](std::uint64_t) {}));
  }
  void add_static(std::uint64_t address, PortIndex output) {
    const std::uint64_t word = EtherWord::learned(address, output) | EtherWord::kStatic;
    static_cast<void>(bucket->add_static(word, [](std::uint64_t) {}));
  }
  void take_out(std::uint64_t address) {
    bucket->take_out(
        kTooOld, [=](std::uint64_t word, bool) { return EtherWord::address_of(word) == address; },
        [](std::uint64_t) {});
  }
  [[nodiscard]] int count(std::uint64_t address) const {
    int count = 0;
    bucket->each(kTooOld,
                 [&](std::uint64_t word, bool) { count += EtherWord::address_of(word) == address ? 1 : 0; });
    return count;
  }
};

/// A worker learns the station behind 1, while the control thread says that it is behind 2.
struct StaticBesideLearned : rl::test_suite<StaticBesideLearned, 2> {
  Stations stations;

  void thread(unsigned index) { index == 0 ? control() : stations.learn(kStation, 1); }
  void control() {
    stations.take_out(kOther);
    stations.add_static(kStation, 2);
  }
  void after() {
    must(stations.bucket->find(kStation, kTooOld) == 2);
    must(stations.count(kStation) == 1);
  }
};

/// Two workers learn it at the same time.
struct TwoLearn : rl::test_suite<TwoLearn, 2> {
  Stations stations;

  void thread(unsigned index) {
    if (index == 0) stations.take_out(kOther);
    stations.learn(kStation, 1);
  }
  void after() {
    must(stations.bucket->find(kStation, kTooOld) == 1);
    must(stations.count(kStation) == 1);
  }
};

}  // namespace

TEST_CASE("J8: a static station has no learned twin, and every memory order of its bucket is needed") {
  CHECK(check_protocol<StaticBesideLearned>("elements/ether/ether_bucket.hpp", 2) == 3);
}

TEST_CASE("J8: two workers that learn a station make one entry, and every memory order is needed for it") {
  CHECK(check_protocol<TwoLearn>("elements/ether/ether_bucket.hpp", 2) == 2);
}
