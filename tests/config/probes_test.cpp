#include <catch2/catch.hpp>
#include <stdexcept>

#include "core/device/port_registry.hpp"
#include "core/element/packet_element.hpp"
#include "core/net/addresses.hpp"

/// Elements and a port that the tests of this room wire: each of them shows one feature of the configuration.
namespace ixyflow::test {

class ProbePort final : public Port {
 public:
  static void describe(PortSpecOf<ProbePort>& spec) {
    spec.doc("Is opened by nobody.").positional({"read", "write"});
    spec.param("read", &ProbePort::read_, "what it claims to read");
    spec.param("write", &ProbePort::write_, "what it claims to write");
    spec.param("receives", &ProbePort::receives_, "whether it can receive");
    spec.param("transmits", &ProbePort::transmits_, "whether it can transmit");
    spec.param("count", &ProbePort::count_, "a number").range(0, 1'000'000'000);
    spec.param("node", &ProbePort::node_, "its NUMA node").range(-1, 7);
    spec.param("fail", &ProbePort::fail_, "fails when it is configured");
  }
  void configure(PortConfiguration& configuration) override {
    if (fail_)
      configuration.diagnostics.error(configuration.where, configuration.owner + " was told to fail");
  }
  [[nodiscard]] PortProperties properties() const override {
    PortProperties properties;
    properties.receives = receives_;
    properties.transmits = transmits_;
    properties.can_wait = true;
    properties.node = node_;
    if (!read_.empty()) properties.reads = {read_};
    if (!write_.empty()) properties.writes = {write_};
    return properties;
  }
  std::string read_;
  std::string write_;
  std::uint64_t count_ = 0;

 private:
  bool receives_ = true;
  bool transmits_ = true;
  bool fail_ = false;
  int node_ = -1;
};

class ProbeSource final : public Element {
 public:
  static void describe(Spec<ProbeSource>& spec) {
    spec.doc("A source.").output(0, "out");
    spec.port("port", &ProbeSource::port_, PortUse::receive, "where from");
  }
  void poll(Outputs&) noexcept override {}

 private:
  PortRef port_;
};

class ProbeSink final : public PacketElement<ProbeSink> {
 public:
  static void describe(Spec<ProbeSink>& spec) {
    spec.doc("A sink.").sent(0, "sent", "it was taken");
    spec.port("port", &ProbeSink::port_, PortUse::transmit, "where to");
  }
  PortIndex handle(Packet&) noexcept { return 0; }

 private:
  PortRef port_;
};

/// One parameter of every type.
class ProbeStep final : public PacketElement<ProbeStep> {
 public:
  static void describe(Spec<ProbeStep>& spec) {
    spec.doc("Two outputs and a drop.")
        .output(0, "out")
        .output(1, "other")
        .drop(2, "bad", "something is wrong");
    spec.param("ttl", &ProbeStep::ttl_, "a small number").range(1, 255);
    spec.param("big", &ProbeStep::big_, "a large number");
    spec.param("flag", &ProbeStep::flag_, "yes or no");
    spec.param("text", &ProbeStep::text_, "a text");
    spec.param("wait", &ProbeStep::wait_, "a duration");
    spec.param("rate", &ProbeStep::rate_, "a rate");
    spec.param("room", &ProbeStep::room_, "a size");
    spec.param("list", &ProbeStep::list_, "numbers");
    spec.param("mac", &ProbeStep::mac_, "a MAC address");
    spec.param("ip", &ProbeStep::ip_, "an IPv4 address");
    spec.param("ip6", &ProbeStep::ip6_, "an IPv6 address");
    spec.param("net", &ProbeStep::net_, "an IPv4 prefix");
    spec.param("net6", &ProbeStep::net6_, "an IPv6 prefix");
    spec.param("udp", &ProbeStep::udp_, "a port number");
    spec.param("throws", &ProbeStep::throws_, "throws when it is configured");
  }
  void configure(Configuration& configuration) override {
    if (throws_) throw std::runtime_error("told to throw");
    if (ttl_ == 13) configuration.error("ttl", "13 brings bad luck", "12 or 14");
  }
  PortIndex handle(Packet&) noexcept { return 0; }

 private:
  std::uint8_t ttl_ = 64;
  std::uint64_t big_ = 0;
  bool flag_ = false;
  bool throws_ = false;
  std::string text_;
  Duration wait_;
  Rate rate_;
  ByteSize room_;
  std::vector<std::uint16_t> list_;
  EtherAddress mac_;
  Ipv4Address ip_;
  Ipv6Address ip6_;
  Ipv4Prefix net_;
  Ipv6Prefix net6_;
  std::uint16_t udp_ = 0;
};

/// As many outputs as are wired.
class ProbeTee final : public Element {
 public:
  static void describe(Spec<ProbeTee>& spec) { spec.doc("Open outputs.").outputs_as_wired(); }
  void process(PortIndex, Batch&, Outputs&) noexcept override {}
};

/// Outputs by a parameter.
class ProbeChoice final : public Element {
 public:
  static void describe(Spec<ProbeChoice>& spec) {
    spec.doc("An output per case.").outputs_by("cases").filter(kFirstDrop, "none", "no case matched");
    spec.param("cases", &ProbeChoice::cases_, "a list or a table").required("[1]");
  }
  void process(PortIndex, Batch&, Outputs&) noexcept override {}

 private:
  Value cases_;
};

class ProbeJoin final : public Element {
 public:
  static void describe(Spec<ProbeJoin>& spec) {
    spec.doc("Two inputs.").input("left", "one").input("right", "the other").output(0, "out");
  }
  void process(PortIndex, Batch&, Outputs&) noexcept override {}
};

class ProbeEnd final : public Element {
 public:
  static void describe(Spec<ProbeEnd>& spec) { spec.doc("Swallows.").filter(0, "swallowed", "all of it"); }
  void process(PortIndex, Batch&, Outputs&) noexcept override {}
};

IXYFLOW_PORT(ProbePort, "probe");
IXYFLOW_ELEMENT(ProbeSource);
IXYFLOW_ELEMENT(ProbeSink);
IXYFLOW_ELEMENT(ProbeStep);
IXYFLOW_ELEMENT(ProbeTee);
IXYFLOW_ELEMENT(ProbeChoice);
IXYFLOW_ELEMENT(ProbeJoin);
IXYFLOW_ELEMENT(ProbeEnd);

TEST_CASE("the elements of these tests are registered by their files alone") {
  for (const char* name :
       {"ProbeSource", "ProbeSink", "ProbeStep", "ProbeTee", "ProbeChoice", "ProbeJoin", "ProbeEnd"})
    CHECK(ElementRegistry::instance().find(name) != nullptr);
  CHECK(PortRegistry::instance().find("probe") != nullptr);
}

}  // namespace ixyflow::test
