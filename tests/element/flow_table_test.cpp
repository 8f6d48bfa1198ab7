#include "core/element/flow_table.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/net/flow/flow_key.hpp"
#include "tests/support/element_harness.hpp"

using namespace ixyflow;

namespace {

/// A key whose hash a test can choose.
struct Key {
  std::uint64_t number = 0;
  std::uint64_t spread = 0;  ///< 0: all keys have one hash
  [[nodiscard]] std::uint64_t hash(std::uint64_t seed) const noexcept {
    if (spread == 0) return seed;
    // SplitMix64.
    std::uint64_t mixed = (number ^ seed) * 0x9e37'79b9'7f4a'7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58'476d'1ce4'e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d0'49bb'1331'11eb;
    return mixed ^ mixed >> 31;
  }
  friend bool operator==(const Key&, const Key&) = default;
};
using Table = FlowTable<Key, int>;
using Refused = Table::Refused;

Key key(std::uint64_t number) {
  return {number, 1};
}

int* find(Table& table, const Key& wanted, Nanoseconds now = 0) {
  return table.find(wanted, table.hash(wanted), now);
}
int* insert(Table& table, const Key& wanted, int state = 0, Nanoseconds now = 0) {
  int* place = table.insert(wanted, table.hash(wanted), now);
  if (place != nullptr) *place = state;
  return place;
}

/// A table beside what it should do, done slowly: a map of all flows, in which all are looked at to find the
/// silent ones.
class Trial {
 public:
  Trial(std::uint32_t capacity, std::uint64_t seed)
      : capacity_(capacity), random_(seed), table_(capacity, random_()) {}

  void call() {
    now_ += static_cast<Nanoseconds>(random_() % 3);
    const Key wanted = key(random_() % (capacity_ * 3 / 2 + 1));
    const std::uint64_t chance = random_() % 800;
    if (chance == 0)
      expire();
    else if (chance < 100)
      REQUIRE(table_.erase(wanted, table_.hash(wanted)) == (flows_.erase(wanted.number) > 0));
    else
      see(wanted);
    REQUIRE(table_.size() == flows_.size());
  }

 private:
  struct Flow {
    int state = 0;
    Nanoseconds seen = 0;
  };

  void see(const Key& wanted) {
    const auto known = flows_.find(wanted.number);
    int* state = find(table_, wanted, now_);
    REQUIRE((state != nullptr) == (known != flows_.end()));
    if (state != nullptr) {
      REQUIRE(*state == known->second.state);
      known->second = {++*state, now_};
      return;
    }
    const auto fresh = static_cast<int>(random_() % 1000);
    state = insert(table_, wanted, fresh, now_);
    REQUIRE((state != nullptr) == (flows_.size() < capacity_));
    if (state != nullptr) flows_[wanted.number] = {fresh, now_};
  }

  void expire() {
    const Nanoseconds before = now_ - static_cast<Nanoseconds>(random_() % 5000);
    std::set<std::uint64_t> gone;
    // More than one way round: the hand stands anywhere at first, and a call stops at the end.
    for (std::uint32_t at = 0; at < 2 * capacity_ + 100; at += 50)
      table_.expire(before, 50, [&](const Key& k, const int&) { gone.insert(k.number); });
    std::set<std::uint64_t> expected;
    for (const auto& [number, flow] : flows_)
      if (flow.seen < before) expected.insert(number);
    REQUIRE(gone == expected);
    for (const std::uint64_t number : gone) flows_.erase(number);
  }

  std::uint32_t capacity_;
  std::mt19937_64 random_;
  Table table_;
  std::unordered_map<std::uint64_t, Flow> flows_;
  Nanoseconds now_ = 0;
};

}  // namespace

TEST_CASE("FlowTable keeps a state for each flow until it is erased") {
  Table table(100, 7);
  CHECK(find(table, key(1)) == nullptr);
  REQUIRE(insert(table, key(1), 10) != nullptr);
  REQUIRE(insert(table, key(2), 20) != nullptr);
  CHECK(*find(table, key(1)) == 10);
  CHECK(*find(table, key(2)) == 20);
  CHECK(table.size() == 2);
  CHECK(table.erase(key(1), table.hash(key(1))));
  CHECK_FALSE(table.erase(key(1), table.hash(key(1))));
  CHECK(find(table, key(1)) == nullptr);
  CHECK(*find(table, key(2)) == 20);
  CHECK(table.size() == 1);
}

TEST_CASE("FlowTable gives a new flow a fresh state, where an old one was, too") {
  Table table(1, 7);
  REQUIRE(insert(table, key(1), 10) != nullptr);
  REQUIRE(table.erase(key(1), table.hash(key(1))));
  const int* state = table.insert(key(2), table.hash(key(2)), 0);
  REQUIRE(state != nullptr);
  CHECK(*state == 0);
}

TEST_CASE("FlowTable holds exactly its capacity, at any size, and says that it is full") {
  for (const std::uint32_t capacity : {1U, 2U, 7U, 8U, 9U, 63U, 64U, 65U, 1000U, 4096U, 100'000U}) {
    CAPTURE(capacity);
    Table table(capacity, 7);
    for (std::uint32_t i = 0; i < capacity; ++i) REQUIRE(insert(table, key(i), 1) != nullptr);
    CHECK(insert(table, key(capacity)) == nullptr);
    CHECK(table.refused() == Refused::full);
    CHECK(table.size() == capacity);
    REQUIRE(table.erase(key(0), table.hash(key(0))));
    CHECK(insert(table, key(capacity)) != nullptr);
    for (std::uint32_t i = 1; i <= capacity; ++i) REQUIRE(find(table, key(i)) != nullptr);
  }
}

TEST_CASE("FlowTable forgets flows that were silent, and no others") {
  Table table(10, 7);
  insert(table, key(1), 10, 100);
  insert(table, key(2), 20, 100);
  insert(table, key(3), 30, 200);
  CHECK(*find(table, key(2), 250) == 20);  // seen again
  std::map<std::uint64_t, int> gone;
  CHECK(table.expire(200, 10, [&](const Key& k, const int& state) { gone[k.number] = state; }) == 1);
  CHECK(gone == std::map<std::uint64_t, int>{{1, 10}});
  CHECK(table.size() == 2);
  CHECK(find(table, key(1)) == nullptr);
}

TEST_CASE("FlowTable's ageing looks at no more places than it was told, and comes by all of them in turn") {
  Table table(1000, 7);
  for (std::uint64_t i = 0; i < 1000; ++i) insert(table, key(i));
  std::uint32_t ended = 0;
  for (int call = 0; call < 10; ++call) {
    const std::uint32_t now = table.expire(1, 100, [](const Key&, int&) {});
    CHECK(now <= 100);
    ended += now;
  }
  CHECK(ended == 1000);
  CHECK(table.size() == 0);
}

TEST_CASE("FlowTable's hand tells when it has been everywhere, and shows each flow once on its way") {
  Table table(100, 7);
  for (std::uint64_t i = 0; i < 25; ++i) insert(table, key(i), 0, static_cast<Nanoseconds>(i));
  std::map<std::uint64_t, Nanoseconds> shown;
  const auto show = [&](const Key& k, int&, Nanoseconds seen) {
    CHECK(shown.emplace(k.number, seen).second);
    return false;
  };
  CHECK_FALSE(table.sweep(10, show));
  CHECK_FALSE(table.sweep(10, show));
  CHECK(table.sweep(10, show));
  CHECK(shown.size() == 25);
  CHECK(shown[7] == 7);
  shown.clear();
  CHECK_FALSE(table.sweep(10, show));
  CHECK(shown.size() == 10);
  Table empty(100, 7);
  CHECK(empty.sweep(10, show));
}

TEST_CASE("FlowTable finds a batch as it finds its keys one by one") {
  Table table(5000, 3);
  for (std::uint64_t i = 0; i < 5000; ++i) insert(table, key(i), static_cast<int>(i));
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::size_t size = random() % (kMaxBatch + 1);
    std::vector<Key> keys(size);
    std::vector<std::uint64_t> hashes(size);
    std::vector<int*> states(size);
    for (std::size_t i = 0; i < size; ++i) {
      keys[i] = key(random() % 10'000);
      hashes[i] = table.fetch(keys[i]);
    }
    table.find_many(keys, hashes, 1, [&](std::size_t i, int* state) { states[i] = state; });
    for (std::size_t i = 0; i < size; ++i) {
      CHECK(hashes[i] == table.hash(keys[i]));
      CHECK(states[i] == find(table, keys[i]));
      CHECK((states[i] != nullptr) == (keys[i].number < 5000));
      if (states[i] != nullptr) CHECK(*states[i] == static_cast<int>(keys[i].number));
    }
  }
}

TEST_CASE("FlowTable notes when a flow was seen by a batch, also with a hash that many share") {
  Table table(100, 7);
  std::vector<Key> keys;
  for (std::uint64_t i = 0; i < 10; ++i) keys.push_back({i, 0});
  for (const Key& k : keys) REQUIRE(insert(table, k, static_cast<int>(k.number), 1) != nullptr);
  std::vector<std::uint64_t> hashes;
  for (const Key& k : keys) hashes.push_back(table.fetch(k));
  std::vector<int*> states(keys.size());
  table.find_many(keys, hashes, 50, [&](std::size_t i, int* state) { states[i] = state; });
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(*states[i] == static_cast<int>(i));
  CHECK(table.expire(50, 100, [](const Key&, int&) {}) == 0);
}

TEST_CASE("FlowTable does what a map with slow ageing does, over a million random calls") {
  for (const std::uint32_t capacity : {1U, 20U, 500U, 3000U}) {
    CAPTURE(capacity);
    Trial trial(capacity, capacity);
    for (int call = 0; call < 250'000; ++call) trial.call();
  }
}

TEST_CASE(
    "D25: a million flows in one bucket are refused by name after a bounded search, and all others are served") {
  Table table(2'000'000, 7);
  std::uint32_t taken = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    // Were the search not bounded, this would be half a million million steps.
    if (insert(table, {i, 0}) != nullptr) {
      ++taken;
      continue;
    }
    REQUIRE(table.refused() == Refused::crowded);
  }
  CHECK(taken == 16);
  for (std::uint64_t i = 0; i < 1'000'000; ++i)
    REQUIRE(insert(table, key(i), static_cast<int>(i)) != nullptr);
  CHECK(table.size() == 1'000'016);
}

TEST_CASE(
    "FlowTable takes as many flows as it has places for, whatever the seed is, and whatever counts up") {
  const std::uint32_t capacity = GENERATE(100U, 1000U, 20'000U);
  const bool ports = GENERATE(true, false);
  CAPTURE(capacity, ports);
  std::uint32_t refused = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    FlowTable<FlowKey, int> table(capacity, seed * 0x9e37'79b9'7f4a'7c15);
    for (std::uint32_t i = 0; i < capacity; ++i) {
      // One host with all its ports, as of a NAT; or addresses, as those of a scan.
      FlowKey flow;
      flow.set_ipv4(ports ? 0x0100'000a : i, ports ? 0x0971'cbcb : i, 0x3500'0000 | (ports ? i : 5000),
                    IpProtocol::udp);
      refused += table.insert(flow, table.hash(flow), 0) == nullptr ? 1U : 0U;
    }
  }
  CHECK(refused == 0);
}

TEST_CASE("FlowTable needs at most 64 bytes per flow beside the state, its 40-byte key included") {
  struct State {
    std::uint64_t packets, bytes;
  };
  const FlowTable<FlowKey, State> table(1'000'000, 7);
  CHECK(table.bytes() <= (64 + sizeof(State)) * 1'000'000ULL);
}

TEST_CASE("FlowTable allocates nothing after it was made") {
  Table table(1000, 7);
  const std::uint64_t before = test::allocations();
  for (std::uint64_t i = 0; i < 2000; ++i) insert(table, key(i));
  for (std::uint64_t i = 0; i < 500; ++i) table.erase(key(i), table.hash(key(i)));
  table.expire(1, 1000, [](const Key&, int&) {});
  CHECK(test::allocations() == before);
}

TEST_CASE("secret_seed is another one each time") {
  CHECK(secret_seed() != secret_seed());
}
