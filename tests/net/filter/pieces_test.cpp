#include "core/net/filter/pieces.hpp"

#include <pcap/pcap.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <random>
#include <string>

#include "core/net/packet_filter.hpp"
#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// "any(all(tcp, port 80), not udp)"
std::string show(const FilterPieces& pieces) {
  if (pieces.kind == FilterPieces::Kind::text) return pieces.text;
  std::string text = pieces.negated ? "not " : "";
  text += pieces.kind == FilterPieces::Kind::all ? "all(" : "any(";
  for (const FilterPieces& child : pieces.children) text += (text.ends_with('(') ? "" : ", ") + show(child);
  return text + ")";
}

std::string cut(std::string_view expression, std::uint32_t piece_cost = 1) {
  const auto pieces = cut_filter(expression, piece_cost);
  return pieces ? show(*pieces) : "nothing";
}

/// Of random tests, joints, nots, parentheses, and bare names that inherit.
class Expressions {
 public:
  explicit Expressions(unsigned seed) : random_(seed) {}

  std::string make(int depth = 0) {
    std::string text;
    for (unsigned i = 0, count = 1 + below(6); i < count; ++i) {
      if (i > 0) text += one_of({" and ", " or ", " && ", " || "});
      if (below(5) == 0) text += one_of({"not ", "! "});
      text += depth < 3 && below(4) == 0 ? "(" + make(depth + 1) + ")" : test(i > 0);
    }
    return text;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_()) % limit; }
  std::string one_of(const std::vector<std::string>& texts) {
    return texts[below(static_cast<unsigned>(texts.size()))];
  }
  std::string test(bool inherits) {
    if (inherits && below(3) == 0)
      return one_of(
          {"80", "443", "192.0.2.1", "6", "(80 or 53)", "(192.0.2.1 or 10.0.0.1)", "not (22 or 80)"});
    return one_of({"tcp",
                   "udp",
                   "ip",
                   "ip6",
                   "arp",
                   "icmp",
                   "stp",
                   "llc ui",
                   "src ",
                   "dst host ",
                   "src or dst host ",
                   "src && dst host ",
                   "host (192.0.2.1 or 10.0.0.1)",
                   "tcp port 80",
                   "udp src && dst port (53 or http)",
                   "portrange 50-60",
                   "net 192.0.2.0/24",
                   "net 10",
                   "ip[8] = 64",
                   "(ip[0] & 0xf) * 4 > 20",
                   "ip proto (6 or 17)",
                   "ether src 02:00:00:00:00:01",
                   "len > 60",
                   "less 100",
                   "5 < len",
                   "ether proto \\ip",
                   "tcp[tcpflags:1] & (tcp-syn|tcp-fin) != 0",
                   "broadcast",
                   "host ::1"});
  }

  std::mt19937 random_;
};

class Reference {
 public:
  explicit Reference(const std::string& expression) : pcap_(pcap_open_dead(DLT_EN10MB, 65'535)) {
    compiled_ = pcap_compile(pcap_, &program_, expression.c_str(), 0, 0) == 0;
  }
  ~Reference() {
    if (compiled_) pcap_freecode(&program_);
    pcap_close(pcap_);
  }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  [[nodiscard]] bool compiled() const { return compiled_; }
  [[nodiscard]] bool matches(const Bytes& frame) const {
    const auto size = static_cast<std::uint32_t>(frame.size());
    return bpf_filter(program_.bf_insns, frame.data(), size, size) != 0;
  }

 private:
  pcap_t* pcap_;
  bpf_program program_{};
  bool compiled_ = false;
};

/// Nothing: one of them does not compile. For frames in which nothing that is looked at is cut off.
std::optional<bool> evaluate(const FilterPieces& pieces, const Bytes& frame) {
  if (pieces.kind == FilterPieces::Kind::text) {
    const Reference piece(pieces.text);
    return piece.compiled() ? std::optional(piece.matches(frame)) : std::nullopt;
  }
  const bool any = pieces.kind == FilterPieces::Kind::any;
  bool matches = !any;
  for (const FilterPieces& child : pieces.children) {
    const auto verdict = evaluate(child, frame);
    if (!verdict) return std::nullopt;
    matches = any ? matches || *verdict : matches && *verdict;
  }
  return matches != pieces.negated;
}

std::string repeated(std::string_view first, std::string_view next, int count) {
  std::string text(first);
  for (int i = 0; i < count; ++i) text += next;
  return text;
}

double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

}  // namespace

TEST_CASE("ands and ors bind equally and from the left") {
  CHECK(cut("tcp or udp and ip") == "all(any(tcp, udp), ip)");
  CHECK(cut("tcp or (udp and ip)") == "any(tcp, all(udp, ip))");
  CHECK(cut("not (tcp or udp) or ip") == "any(not any(tcp, udp), ip)");
  CHECK(cut("tcp or udp and ip", 1000) == "tcp or udp and ip");
}

TEST_CASE("what a test inherits is written out") {
  CHECK(cut("tcp dst port 80 or 443") == "any(tcp dst port 80, tcp dst port 443)");
  CHECK(cut("port (80 or 443) or 22") == "any(port 80, port 443, port 22)");
  CHECK(cut("src && dst host 10.0.0.1 || 10.0.0.2") ==
        "any(src && dst host 10.0.0.1, src && dst host 10.0.0.2)");
  CHECK(cut("host 10.0.0.1 or (port 80) or 10.0.0.2") == "any(host 10.0.0.1, (port 80), host 10.0.0.2)");
  CHECK(cut("(ip[0] & 15) * 4 > 20 or tcp") == "any((ip[0] & 15) * 4 > 20, tcp)");
}

TEST_CASE("what changes the meaning of all that follows, and what does not match, is not cut") {
  for (const char* expression :
       {"vlan and tcp", "mpls or ip", "pppoes and ip", "geneve", "(tcp", "tcp)", "tcp and"})
    CHECK(cut(expression) == "nothing");
  CHECK(cut(std::string(200, '(') + "tcp" + std::string(200, ')')) == "nothing");
}

TEST_CASE("a filter in pieces finds what libpcap finds with the whole") {
  Expressions expressions(5);
  const Bytes frames[] = {padded(udp_frame()), padded(tcp_frame()), padded(arp_frame()), udp6_frame()};
  int compiled = 0;
  for (int i = 0; i < 600; ++i) {
    const std::string expression = expressions.make();
    const Reference whole(expression);
    const auto pieces = cut_filter(expression, 1 + static_cast<std::uint32_t>(i % 4) * 50);
    CAPTURE(expression);
    REQUIRE(pieces.has_value());
    if (!whole.compiled()) continue;
    ++compiled;
    for (const Bytes& frame : frames) {
      CAPTURE(frame, show(*pieces));
      REQUIRE(evaluate(*pieces, frame) == whole.matches(frame));
    }
  }
  CHECK(compiled > 100);
}

TEST_CASE("A6: a large filter takes less than a second, or is refused in as little") {
  const double start = cpu_seconds();
  CHECK(PacketFilter::compile(repeated("host 10.0.0.1", " or host 10.0.0.2", 2'800)));
  CHECK_THAT(PacketFilter::compile(repeated("vlan and port (1", " or 2", 400) + ")").error().text,
             Catch::Contains("too long to compile"));
  CHECK_THAT(PacketFilter::compile(repeated("port 1", " or 2", 12'000)).error().text,
             Catch::Contains("too long to compile"));
  CHECK_THAT(PacketFilter::compile(repeated("len", "+1", 30'000) + " > 5").error().text,
             Catch::Contains("too long to compile"));
  CHECK(PacketFilter::compile(repeated("port 1", " or 2", 1'000)));
  CHECK(cpu_seconds() - start < 8);  // of a build with sanitizers; a release build takes 0.3 s
}

TEST_CASE("a large filter matches what is in its list, at its ends and inside of ands, and nothing else") {
  std::string list = "10.0.0.0";
  for (int i = 1; i < 900; ++i) list += " or 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
  const auto compiled = PacketFilter::compile("udp and not port 9 and src host (" + list + " or 192.0.2.1)");
  REQUIRE(compiled);
  CHECK(compiled->looks_through_tags());
  for (const Bytes& frame : {udp_frame(), vlan_udp_frame()})
    CHECK(compiled->matches(frame, static_cast<std::uint32_t>(frame.size())));
  for (const Bytes& frame : {tcp_frame(), udp6_frame(), arp_frame(), udp_frame().first(20)})
    CHECK_FALSE(compiled->matches(frame, static_cast<std::uint32_t>(frame.size())));
}
