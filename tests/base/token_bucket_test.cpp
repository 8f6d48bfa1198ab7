#include "core/base/token_bucket.hpp"

#include <catch2/catch.hpp>

#include "core/base/dice.hpp"

using namespace ixyflow;

namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;
__extension__ using Wide = __int128;

/// A bucket as one would explain it: at each nanosecond `num` parts of 10^9 x `den` parts of a token fall in,
/// and what is above the brim runs over. Exact, because everything is counted from the last time that it was
/// full.
class Model {
 public:
  Model(std::uint64_t num, std::uint64_t den, std::uint64_t burst)
      : num_(num), token_(Wide{den} * kSecond), full_(burst * token_) {
    there_ = full_;
  }
  bool take(std::uint64_t amount, Nanoseconds now) {
    there_ = std::min<Wide>(full_, there_ + Wide{num_} * (now - last_));
    last_ = now;
    if (there_ < amount * token_) return false;
    there_ -= amount * token_;
    return true;
  }

 private:
  std::uint64_t num_;
  Wide token_;
  Wide full_;
  Wide there_ = 0;
  Nanoseconds last_ = 0;
};

}  // namespace

TEST_CASE("a full bucket lets a burst pass at once and then as much as its rate") {
  TokenBucket bucket(Rate{10}, 3);
  for (int i = 0; i < 3; ++i) CHECK(bucket.take(1, 0));
  CHECK_FALSE(bucket.take(1, 0));
  CHECK_FALSE(bucket.take(1, kSecond / 10 - 1));
  CHECK(bucket.take(1, kSecond / 10));
  CHECK_FALSE(bucket.take(1, kSecond / 10));
  // Full again, and not more than full.
  CHECK(bucket.take(3, 100 * kSecond));
  CHECK_FALSE(bucket.take(1, 100 * kSecond));
}

TEST_CASE("a bucket that has too little for all gives nothing") {
  TokenBucket bucket(Rate{1}, 5);
  CHECK_FALSE(bucket.take(6, kSecond));
  CHECK(bucket.take(5, kSecond));
  CHECK(bucket.take(0, kSecond));
}

TEST_CASE("ready_at is the first nanosecond at which a take succeeds") {
  const double per_second = GENERATE(1.0, 3.0, 7.5, 1e6, 14'880'952.38, 1e11);
  const Rate rate{per_second};
  TokenBucket bucket(rate, 1000);
  Nanoseconds now = 12'345;
  REQUIRE(bucket.take(1000, now));
  for (const std::uint64_t amount : {1U, 7U, 1000U}) {
    const Nanoseconds ready = bucket.ready_at(amount);
    REQUIRE(ready >= now);
    if (ready > now) CHECK_FALSE(bucket.take(amount, ready - 1));
    CHECK(bucket.ready_at(amount) == ready);
    CHECK(bucket.take(amount, ready));
    now = ready;
  }
}

TEST_CASE("what is there already is ready now, what never will be never") {
  TokenBucket bucket(Rate{1}, 5);
  static_cast<void>(bucket.take(2, kSecond));
  CHECK(bucket.ready_at(3) == kSecond);
  CHECK(bucket.ready_at(4) == 2 * kSecond);
  CHECK(bucket.ready_at(6) == TokenBucket::kNever);
  TokenBucket dry(Rate{0}, 1);
  CHECK(dry.take(1, 0));
  CHECK(dry.ready_at(1) == TokenBucket::kNever);
  CHECK_FALSE(dry.take(1, 1'000'000 * kSecond));
  CHECK_FALSE(TokenBucket().take(1, kSecond));
  // More nanoseconds than there are.
  TokenBucket slow(Rate{1e-6}, 1'000'000);
  CHECK(slow.take(1'000'000, 0));
  CHECK(slow.ready_at(1'000'000) == TokenBucket::kNever);
}

TEST_CASE("buckets do as an exact model does, at any rate and however the clock moves") {
  struct Case {
    double per_second;
    std::uint64_t num, den, burst;
    Nanoseconds longest;  ///< step of the clock
  };
  const Case tried =
      GENERATE(Case{3, 3, 1, 1, kSecond}, Case{0.1, 1, 10, 2, 20 * kSecond},
               Case{1.5e6, 1'500'000, 1, 64, 100'000}, Case{0.333333, 333'333, 1'000'000, 5, kSecond},
               Case{14'880'952.380952, 14'880'952'380'952, 1'000'000, 32, 4000},
               Case{1e10, 10'000'000'000, 1, 1'000'000, 100'000});
  TokenBucket bucket(Rate{tried.per_second}, tried.burst);
  Model model(tried.num, tried.den, tried.burst);
  Dice dice(tried.burst);
  Nanoseconds now = 0;
  bool same = true;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<Nanoseconds>(dice.next() % static_cast<std::uint64_t>(tried.longest));
    const std::uint64_t amount = 1 + dice.next() % tried.burst;
    same &= bucket.take(amount, now) == model.take(amount, now);
  }
  CHECK(same);
}

TEST_CASE("nothing drifts or overflows in a day: exactly rate times time passes") {
  const std::uint64_t rate = GENERATE(7U, 999'983U, 100'000'000'000U);
  TokenBucket bucket(Rate{static_cast<double>(rate)}, 100 * rate);
  REQUIRE(bucket.take(100 * rate, 0));
  std::uint64_t passed = 0;
  const auto take_all = [&](Nanoseconds now) {
    for (std::uint64_t amount = 64 * rate; amount > 0; amount /= 2)
      while (bucket.take(amount, now)) passed += amount;
  };
  const Nanoseconds day = 86'400 * kSecond;
  // A step that no token's time divides.
  for (Nanoseconds now = 0; now < day; now += 77'777'777'777) take_all(now);
  take_all(day);
  CHECK(passed == rate * 86'400);
}

TEST_CASE("a clock that has run for centuries, or stands still, does no harm") {
  TokenBucket bucket(Rate{1.8e13}, ~std::uint64_t{0});
  CHECK(bucket.take(~std::uint64_t{0}, 0));
  CHECK(bucket.take(~std::uint64_t{0}, TokenBucket::kNever - 1));
  CHECK_FALSE(bucket.take(~std::uint64_t{0}, TokenBucket::kNever - 1));
  // 18,000 tokens a nanosecond.
  CHECK(bucket.take(18'000, TokenBucket::kNever));
}
