// An ARP querier as the element interface lets one write it: it holds packets while it asks, and asks again.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "core/element/packet_element.hpp"
#include "core/net/write.hpp"
#include "core/packet/layers.hpp"
#include "core/packet/packet_queue.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::elements {

/// Sends IPv4 packets to the MAC address of their next hop, for which it asks first (RFC 826). What waits for
/// an answer waits in one list; what has its address waits for room, so that all of a flow stay in order.
class SketchArpQuerier final : public Element {
  enum : PortIndex { kOut, kQuery, kNoHop, kFull, kNoAnswer, kEndOfRun, kNotAsked, kAnswer };

 public:
  static void describe(Spec<SketchArpQuerier>& spec) {
    spec.doc("Finds out the MAC address of the next hop of IPv4 packets.")
        .input("in", "packets whose next_hop is the number of a neighbour, from 1")
        .input("replies", "ARP messages")
        .output(kOut, "out", "the packets, addressed")
        .output(kQuery, "query", "its questions")
        .drop(kNoHop, "no_hop", "no next hop was chosen, or one that is no neighbour")
        .drop(kFull, "full", "it holds `capacity` packets already")
        .drop(kNoAnswer, "no_answer", "its next hop did not answer three questions")
        .drop(kEndOfRun, "end_of_run", "still waited for an answer")
        .drop(kNotAsked, "not_asked", "no answer to any of its questions")
        .consume(kAnswer, "answer", "answers")
        .creates()
        .replication(Replication::single)
        .timer(&SketchArpQuerier::retry_);
    spec.param("mac", &SketchArpQuerier::mac_, "own address").required("\"02:00:00:00:00:01\"").or_port();
    spec.param("ip", &SketchArpQuerier::ip_, "own address").required("\"192.0.2.254\"");
    spec.param("neighbours", &SketchArpQuerier::addresses_, "who they are").required("[\"192.0.2.1\"]");
    spec.param("capacity", &SketchArpQuerier::capacity_, "packets that it holds at most").range(1, 65'536);
  }

  void prepare(Outputs& /*outputs*/) override {
    neighbours_.resize(addresses_.size());
    waiting_ = Fifo<Packet*>(capacity_);
    ready_ = PacketQueue(capacity_);
  }

  void process(PortIndex input, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch) input == 0 ? take(packet, outputs) : learn(packet, outputs);
  }
  void poll(Outputs& outputs) noexcept override {
    std::uint32_t most = std::min({ready_.size(), outputs.burst(), outputs.room(kOut)});
    for (; most > 0; --most) outputs.push(kOut, ready_.pop());
  }
  void tick(Timer& /*timer*/, Outputs& outputs) noexcept override {
    for (std::uint32_t hop = 1; hop <= neighbours_.size(); ++hop)
      if (of(hop).ask_again <= outputs.now())
        of(hop).asked < kTries ? ask(hop, outputs) : give_up(hop, outputs);
    arm();
  }
  void flush(Outputs& outputs) noexcept override {
    while (!waiting_.empty()) outputs.push(kEndOfRun, waiting_.pop());
    poll(outputs);
  }

  // What waits for an answer leaves by the timer, so that a source may wait for it.
  [[nodiscard]] Nanoseconds next_due() const noexcept override {
    if (!ready_.empty()) return 0;
    return waiting_.empty() ? Timer::kNever : retry_.due();
  }
  [[nodiscard]] std::uint32_t room(PortIndex input) const noexcept override {
    return input == 0 ? capacity_ - static_cast<std::uint32_t>(held()) : kUnlimited;
  }
  [[nodiscard]] std::uint64_t held() const noexcept override { return waiting_.size() + ready_.size(); }
  [[nodiscard]] std::uint32_t capacity() const noexcept override { return capacity_; }

 private:
  static constexpr Nanoseconds kPatience = 1'000'000'000;  ///< RFC 1122, 2.3.2.1: at most one a second
  static constexpr std::uint8_t kTries = 3;
  static constexpr std::uint32_t kArpFrame = 60;

  struct Neighbour {
    EtherAddress mac;
    bool known = false;
    std::uint8_t asked = 0;
    Nanoseconds ask_again = Timer::kNever;
  };
  [[nodiscard]] Neighbour& of(std::uint32_t hop) noexcept { return neighbours_[hop - 1]; }

  void take(Packet* packet, Outputs& outputs) noexcept {
    const std::uint32_t hop = packet->next_hop;
    if (hop == 0 || hop > neighbours_.size() || packet->length() < sizeof(EtherHeader))
      return outputs.push(kNoHop, packet);
    if (held() == capacity_) return outputs.push(kFull, packet);
    if (of(hop).known) return make_ready(packet);
    static_cast<void>(waiting_.push(packet));
    if (of(hop).asked == 0) ask(hop, outputs);
    arm();
  }
  void make_ready(Packet* packet) noexcept {
    put_ethernet(bytes_of(*packet), {of(packet->next_hop).mac, mac_, BeEtherType(EtherType::ipv4)});
    static_cast<void>(ready_.push(packet));  // held() is bounded
  }

  void ask(std::uint32_t hop, Outputs& outputs) noexcept {
    ++of(hop).asked;
    of(hop).ask_again = outputs.now() + kPatience;
    Packet* query = nullptr;
    if (outputs.create({&query, 1}) == 0) return;  // counted as no_buffer, and asked again
    query->set_length(kArpFrame);
    std::ranges::fill(bytes_of(*query), std::uint8_t{0});
    put_arp(bytes_of(*query).subspan(sizeof(EtherHeader)), {.operation = ArpOperation::request,
                                                            .sender = mac_,
                                                            .sender_ip = ip_,
                                                            .target = {},
                                                            .target_ip = addresses_[hop - 1]});
    put_ethernet(bytes_of(*query),
                 {{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, mac_, BeEtherType(EtherType::arp)});
    outputs.push(kQuery, query);
  }
  void give_up(std::uint32_t hop, Outputs& outputs) noexcept {
    of(hop) = {};
    each_waiting_for(hop, [&](Packet* packet) { outputs.push(kNoAnswer, packet); });
  }
  void learn(Packet* packet, Outputs& outputs) noexcept {
    parse(*packet);
    const auto* arp = packet->ether_type == EtherType::arp && packet->l3_offset != kNoOffset
                          ? header_at<ArpMessage>(bytes_of(*packet), packet->l3_offset)
                          : nullptr;
    const auto found =
        arp != nullptr && arp->is_ipv4_over_ethernet() && arp->operation.value() == ArpOperation::reply
            ? std::ranges::find(addresses_, arp->sender_ip)
            : addresses_.end();
    const auto hop = static_cast<std::uint32_t>(found - addresses_.begin()) + 1;
    if (found == addresses_.end() || of(hop).asked == 0) return outputs.push(kNotAsked, packet);
    of(hop) = {.mac = arp->sender, .known = true};
    each_waiting_for(hop, [this](Packet* waiting) { make_ready(waiting); });
    arm();
    outputs.push(kAnswer, packet);
  }
  /// Takes them out of the list, in their order.
  template <class Visit>
  void each_waiting_for(std::uint32_t hop, Visit visit) noexcept {
    for (std::uint32_t left = waiting_.size(); left > 0; --left) {
      Packet* const packet = waiting_.pop();
      if (packet->next_hop == hop)
        visit(packet);
      else
        static_cast<void>(waiting_.push(packet));
    }
  }
  void arm() noexcept {
    Nanoseconds next = Timer::kNever;
    for (const Neighbour& neighbour : neighbours_) next = std::min(next, neighbour.ask_again);
    retry_.arm(next);
  }

  EtherAddress mac_;
  Ipv4Address ip_;
  std::vector<Ipv4Address> addresses_;
  std::uint32_t capacity_ = 64;
  std::vector<Neighbour> neighbours_;
  Fifo<Packet*> waiting_;
  PacketQueue ready_;
  Timer retry_;
};

IXYFLOW_ELEMENT(SketchArpQuerier);

}  // namespace ixyflow::elements

namespace ixyflow::test {

namespace arp_querier {

constexpr const char* kParameters =
    "mac = \"02:00:00:00:00:fe\"\nip = \"192.0.2.254\"\nneighbours = [\"192.0.2.1\", \"192.0.2.2\"]";

Input to_hop(std::uint32_t hop, const std::string& payload = "") {
  Input input(
      ethernet({}, ipv4({.destination = "203.0.113.9"}, udp({}, Bytes(payload.begin(), payload.end())))));
  input.next_hop = hop;
  return input;
}

/// What is behind the Ethernet header.
Bytes packet_of(const Bytes& frame) {
  return Bytes(std::span(frame).subspan(14));
}

/// The answer of who has `ip`.
Bytes reply(const std::string& mac, const std::string& ip) {
  Bytes message = arp_request(mac, ip, "192.0.2.254");
  message[7] = 2;
  return ethernet({.type = 0x0806}, message);
}

}  // namespace arp_querier

TEST_CASE("an ARP querier asks once, holds what waits, and sends it in order when it knows where to") {
  using namespace arp_querier;
  ElementHarness querier("SketchArpQuerier", kParameters);
  const Sent query = querier.send(to_hop(1, "first"));
  CHECK(query.exit == "query");
  CHECK(to_hex(query.bytes)
            .starts_with("ffffffffffff0200000000fe08060001080006040001"
                         "0200000000fec00002fe000000000000c0000201"));
  CHECK(query.bytes.size() == 60);
  CHECK(querier.send_batch({to_hop(1, "second").bytes}).front().exit == "no_hop");
  const Input second = to_hop(1, "second");
  CHECK(querier.send_batch(std::span(&second, 1)).empty());
  CHECK(querier.send(to_hop(2, "other")).exit == "query");
  CHECK(querier.element().held() == 3);

  CHECK(querier.send(reply("02:00:00:00:00:01", "192.0.2.1"), 1).exit == "answer");
  querier.set_room(1);
  const auto one = querier.poll();
  REQUIRE(exits_of(one) == std::vector<std::string>{"out"});
  CHECK(to_hex(one[0].bytes).starts_with("0200000000010200000000fe0800"));
  CHECK(packet_of(one[0].bytes) == packet_of(to_hop(1, "first").bytes));
  querier.set_room(~0U);
  // What comes now has to stand behind what is still there.
  const Input third = to_hop(1, "third");
  CHECK(querier.send_batch(std::span(&third, 1)).empty());
  const auto rest = querier.poll();
  REQUIRE(rest.size() == 2);
  CHECK(packet_of(rest[0].bytes) == packet_of(second.bytes));
  CHECK(packet_of(rest[1].bytes) == packet_of(third.bytes));
  CHECK(querier.created() == 2);
  CHECK(exits_of(querier.flush()) == std::vector<std::string>{"end_of_run"});
}

TEST_CASE("an ARP querier asks three times, a second apart, and gives up by a name") {
  using namespace arp_querier;
  ElementHarness querier("SketchArpQuerier", kParameters);
  CHECK(querier.send(to_hop(2)).exit == "query");
  CHECK(querier.element().next_due() == 1'000'000'000);
  CHECK(querier.advance_to(999'999'999).empty());
  CHECK(exits_of(querier.advance_to(1'000'000'000)) == std::vector<std::string>{"query"});
  CHECK(exits_of(querier.advance_to(2'999'999'999)) == std::vector<std::string>{"query"});
  CHECK(exits_of(querier.advance_to(3'000'000'000)) == std::vector<std::string>{"no_answer"});
  CHECK(querier.element().next_due() == Timer::kNever);
  // Whom it does not ask any more, or never did, it does not believe.
  CHECK(querier.send(reply("02:00:00:00:00:66", "192.0.2.2"), 1).exit == "not_asked");
  CHECK(querier.send(reply("02:00:00:00:00:66", "192.0.2.7"), 1).exit == "not_asked");
  CHECK(querier.send(udp_frame(), 1).exit == "not_asked");
  CHECK(querier.send(to_hop(2)).exit == "query");
}

TEST_CASE("an ARP querier holds a bounded number, and says how many more it takes") {
  using namespace arp_querier;
  ElementHarness querier("SketchArpQuerier", std::string(kParameters) + "\ncapacity = 4");
  const std::vector<Input> six(6, to_hop(1));
  CHECK(querier.element().room(0) == 4);
  CHECK(exits_of(querier.send_batch(six)) == std::vector<std::string>{"query", "full", "full"});
  CHECK(querier.element().room(0) == 0);
  CHECK(querier.element().room(1) == Element::kUnlimited);
  CHECK(querier.send(reply("02:00:00:00:00:01", "192.0.2.1"), 1).exit == "answer");
  CHECK(querier.poll().size() == 4);
  CHECK(querier.packets("out") == 4);
}

}  // namespace ixyflow::test
