#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "core/net/headers.hpp"
#include "core/packet/layers.hpp"
#include "tests/support/runs.hpp"

namespace ixyflow::test {
namespace {

/// gen -> macs (src = the port's) -> out
std::string rewriting(const std::string& port) {
  return R"(
[pipeline]
name = "addresses"
[ports.a]
driver = "null"
count = 1
[ports.b]
driver = "null"
[ports.gen]
driver = "generator"
template = { "eth.src" = "02:00:00:00:00:77" }
[elements.in]
type = "FromDevice"
port = "a"
[elements.macs]
type = "EtherRewrite"
dst = "02:00:00:00:00:09"
src = "port:)" +
         port + R"("
[elements.out]
type = "ToDevice"
port = "b"
[graph]
paths = ["in -> macs -> out"]
)";
}

/// The source address of the frame that arrives.
EtherAddress written(const std::string& port) {
  EtherAddress source;
  static EtherAddress* seen = nullptr;
  seen = &source;
  PortScript a{.send = 1};
  PortScript b{.number_of = [](const Packet& packet) {
    *seen = header_at<EtherHeader>(bytes_of(packet), 0)->source;
    return 0U;
  }};
  check_conserved(run_stepped(rewriting(port), {{"a", &a}, {"b", &b}}));
  return source;
}

}  // namespace

TEST_CASE("the address of a port is stored in the elements that name it when the port is open") {
  CHECK(show(written("gen")) == "02:00:00:00:00:77");
}

TEST_CASE("a generator sends from the address of another port, which others then see as its own") {
  const std::string toml = R"(
[ports.wan]
driver = "generator"
template = { "eth.src" = "02:00:00:00:00:55" }
[ports.gen]
driver = "generator"
count = 3
src = "port:wan"
[ports.other]
driver = "generator"
count = 3
[ports.b]
driver = "null"
[elements.in]
type = "FromDevice"
port = "gen"
[elements.others]
type = "FromDevice"
port = "other"
[elements.macs]
type = "EtherRewrite"
src = "port:gen"
[elements.out]
type = "ToDevice"
port = "b"
[graph]
paths = ["in -> out", "others -> macs -> out"]
)";
  PortScript b{.number_of = [](const Packet& packet) {
    return show(header_at<EtherHeader>(bytes_of(packet), 0)->source) == "02:00:00:00:00:55" ? 1U : 0U;
  }};
  check_conserved(run_stepped(toml, {{"b", &b}}));
  CHECK(b.seen == std::vector<std::uint32_t>(6, 1));
}

TEST_CASE("a port without an address gets one that is local, unicast, its own and the same in every run") {
  const EtherAddress first = written("a");
  CHECK((first.bytes[0] & 3) == 2);
  CHECK(written("a") == first);
  CHECK(written("b") != first);
}

}  // namespace ixyflow::test
