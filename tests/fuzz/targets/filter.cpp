// Filter expressions: the same that libpcap's own compiler takes are taken, but for names of hosts, which are
// never looked up; and a filter finds the frames that libpcap finds, with VLAN tags as without them.

#include <dlfcn.h>
#include <netdb.h>
#include <pcap/pcap.h>

#include <algorithm>

#include "core/net/filter/words.hpp"
#include "core/net/packet_filter.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/seed.hpp"

namespace ixyflow::fuzz {
namespace {

/// As libpcap compiles it.
class Reference {
 public:
  explicit Reference(const std::string& expression) : pcap_(pcap_open_dead(DLT_EN10MB, 262'144)) {
    compiled_ = pcap_compile(pcap_, &program_, expression.c_str(), 1, 0) == 0;
  }
  ~Reference() {
    if (compiled_) pcap_freecode(&program_);
    pcap_close(pcap_);
  }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;

  [[nodiscard]] bool compiled() const noexcept { return compiled_; }
  [[nodiscard]] bool matches(Bytes frame) const noexcept {
    pcap_pkthdr header{};
    header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
    return pcap_offline_filter(&program_, &header, frame.data()) != 0;
  }

 private:
  pcap_t* pcap_;
  bpf_program program_{};
  bool compiled_ = false;
};

struct TestFrame {
  test::Bytes bytes;
  test::Bytes with_a_tag;  ///< empty: it has some already
};

bool has_a_tag(const test::Bytes& frame) {
  const unsigned type = frame[12] * 256U + frame[13];
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/// With few tags that a filter can look through; what is larger would take its time.
const std::vector<TestFrame>& some_frames() {
  static const std::vector<TestFrame> all = [] {
    std::vector<test::Bytes> found = frames();
    found.resize(std::min<std::size_t>(found.size(), 12));
    found.push_back(test::udp_frame().first(20));
    std::vector<TestFrame> made;
    for (const test::Bytes& frame : found)
      made.push_back({frame, has_a_tag(frame) ? test::Bytes()
                                              : test::join({frame.first(12), test::from_hex("8100 0064"),
                                                            test::Bytes(std::span(frame).subspan(12))})});
    return made;
  }();
  return all;
}

void compare_verdicts(const std::string& expression, const PacketFilter& through,
                      const Reference& reference) {
  const auto strict = PacketFilter::compile(expression, VlanMode::strict);
  expect(strict.has_value(), "a filter is taken in both ways, or in none");
  for (const auto& [frame, with_a_tag] : some_frames()) {
    const auto length = static_cast<std::uint32_t>(frame.size());
    const bool matches = reference.matches(frame);
    expect(strict->matches(frame, length) == matches, "a strict filter matches what libpcap matches");
    if (with_a_tag.empty()) continue;
    expect(through.matches(frame, length) == matches, "so does any where there are no tags");
    if (through.looks_through_tags())
      expect(through.matches(with_a_tag, length) == matches,
             "a tag that is looked through makes no difference");
  }
}

void compile_filter(Bytes input) {
  const std::string expression(text_of(input));
  const auto filter = PacketFilter::compile(expression);
  expect(filter || !filter.error().text.empty(), "what is refused has a reason");
  // libpcap sees the beginning only of what has a zero in it, and would look up what we refuse to.
  if (expression.find('\0') != std::string::npos || !refuse_words(expression)) return;
  const Reference reference(expression);
  expect(filter.has_value() == reference.compiled(), "what libpcap takes is taken, and nothing else");
  if (filter) compare_verdicts(expression, *filter, reference);
}

void filter_seeds(const Sink& seed) {
  for (const char* text : {"",
                           "udp port 53",
                           "tcp dst port 80 and not host 192.0.2.1",
                           "portrange 50-60 or icmp6",
                           "net 192.0.2.0/24",
                           "dst net 198.51.100.0 mask 255.255.255.0",
                           "ether host 02:00:00:00:00:01",
                           "ip[8] = 64",
                           "tcp[tcpflags] & (tcp-syn|tcp-ack) != 0",
                           "ip6 protochain 17",
                           "ether[ip[8] - 51:2] = 0",
                           "vlan 100 and udp",
                           "len >= 60 or less 20",
                           "ip proto \\udp",
                           "port domain or http",
                           "mpls 4 and ip",
                           "pppoes 1 and ip6",
                           "host 2001:db8::1",
                           "ether proto 0x0806",
                           "icmp[icmptype] == icmp-echo",
                           "not (arp or rarp) and broadcast"})
    seed(text);
}

const Registered filter_target({.name = "filter",
                                .run = compile_filter,
                                .seeds = filter_seeds,
                                .words = each_filter_word,
                                .longest = 160});

}  // namespace
}  // namespace ixyflow::fuzz

// What a library calls to look a name up on the network. It is called as well for services, which stand in a
// file, and for addresses, which are what they are.
extern "C" {
[[gnu::visibility("default")]] int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                                               addrinfo** result) {
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  addrinfo numbers = hints != nullptr ? *hints : addrinfo{};
  numbers.ai_flags |= AI_NUMERICHOST;
  const int done = real(node, service, &numbers, result);
  ixyflow::fuzz::expect(done != EAI_NONAME || node == nullptr, "no name is looked up");
  return done;
}
[[gnu::visibility("default")]] netent* getnetbyname(const char*) {
  ixyflow::fuzz::expect(false, "no network is looked up");
  return nullptr;
}
}
