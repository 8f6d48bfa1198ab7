#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

Input stamped(Nanoseconds timestamp) {
  Input packet = udp_frame();
  packet.timestamp = timestamp;
  return packet;
}

}  // namespace

TEST_CASE("SetTimestamp stamps packets with the present time and leaves them alone") {
  ElementHarness stamp("SetTimestamp");
  stamp.advance_to(5'000);
  const Sent sent = stamp.send(stamped(77));
  CHECK(sent.timestamp == 5'000);
  CHECK(sent.bytes == udp_frame());
}

TEST_CASE("SetTimestamp never gives the stamp 0, which says that there is none") {
  ElementHarness stamp("SetTimestamp");
  CHECK(stamp.send(udp_frame()).timestamp == 1);
}

TEST_CASE("Latency has the age of each packet in its histogram and passes all on unchanged") {
  ElementHarness latency("Latency");
  latency.advance_to(1'000'000);
  const Sent sent = latency.send(stamped(999'000));
  CHECK(sent.exit == "out");
  CHECK(sent.bytes == udp_frame());
  CHECK(sent.timestamp == 999'000);
  latency.send(stamped(1'000'000));
  latency.send(stamped(1));
  CHECK(latency.counter("delay_ns") == 3);
  const Histogram& delays = latency.histogram("delay_ns");
  CHECK(delays.sum() == 1'000 + 0 + 999'999);
  CHECK(delays.max() == 999'999);
  CHECK(delays.percentile(0.5) >= 1'000);
  CHECK(delays.percentile(0.5) <= 1'062);
}

TEST_CASE("Latency counts packets without a stamp and those from the future apart") {
  ElementHarness latency("Latency");
  latency.advance_to(100);
  for (const Nanoseconds timestamp :
       {Nanoseconds{0}, Nanoseconds{101}, std::numeric_limits<Nanoseconds>::max()})
    CHECK(latency.send(stamped(timestamp)).exit == "out");
  CHECK(latency.counter("unstamped") == 1);
  CHECK(latency.counter("from_future") == 2);
  CHECK(latency.counter("delay_ns") == 0);
}

TEST_CASE("Latency takes whatever stamp a capture has, from before the epoch as well") {
  ElementHarness latency("Latency");
  latency.advance_to(std::numeric_limits<Nanoseconds>::max());
  latency.send(stamped(std::numeric_limits<Nanoseconds>::min()));
  CHECK(latency.histogram("delay_ns").max() == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("what passes between SetTimestamp and Latency is what Latency shows") {
  ElementHarness stamp("SetTimestamp");
  ElementHarness latency("Latency");
  for (int i = 1; i <= 1000; ++i) {
    const Nanoseconds now = i * 1'000'000;
    stamp.advance_to(now);
    latency.advance_to(now + i);
    latency.send(stamped(stamp.send(udp_frame()).timestamp));
  }
  const Histogram& delays = latency.histogram("delay_ns");
  CHECK(delays.count() == 1000);
  CHECK(delays.max() == 1000);
  CHECK(delays.sum() == 1000 * 1001 / 2);
  for (const double share : {0.5, 0.99}) {
    CHECK(static_cast<double>(delays.percentile(share)) >= share * 1000);
    CHECK(static_cast<double>(delays.percentile(share)) <= share * 1000 * 17 / 16);
  }
}
