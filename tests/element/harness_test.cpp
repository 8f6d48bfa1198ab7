// The harness holds elements to the contract; here it is shown to catch those that break it. Each bad element
// works in a process of its own, because the harness ends it.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "core/element/packet_element.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::test {

/// Does what `fault` says to the first packet of every batch.
class Misbehaving final : public Element {
  enum : PortIndex { kOut, kUnknown = 300 };

 public:
  enum class Fault { none, loses, doubles, wrong_exit, allocates, grows, hoards, prints_too_much };

  static void describe(Spec<Misbehaving>& spec) {
    spec.doc("Breaks the contract.").output(kOut, "out").keeps_length();
    spec.choice("fault", &Misbehaving::fault_,
                {{"none", Fault::none},
                 {"loses", Fault::loses},
                 {"doubles", Fault::doubles},
                 {"wrong_exit", Fault::wrong_exit},
                 {"allocates", Fault::allocates},
                 {"grows", Fault::grows},
                 {"hoards", Fault::hoards},
                 {"prints_too_much", Fault::prints_too_much}},
                "what it does wrong");
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    Packet* first = batch[0];
    for (Packet* packet : batch.packets().subspan(1)) outputs.push(kOut, packet);
    switch (fault_) {
      case Fault::none:
        break;
      case Fault::loses:
        return;
      case Fault::doubles:
        outputs.push(kOut, first);
        break;
      case Fault::wrong_exit:
        outputs.push(kUnknown, first);
        return;
      case Fault::allocates:
        kept_ = std::malloc(1);
        std::free(kept_);
        break;
      case Fault::grows:
        static_cast<void>(first->put(1));
        break;
      case Fault::hoards:
        hoard_ = first;
        return;
      case Fault::prints_too_much:
        outputs.print(std::string_view(kLongLine.data(), kLongLine.size()));
        break;
    }
    outputs.push(kOut, first);
  }

  [[nodiscard]] std::uint64_t held() const noexcept override { return hoard_ != nullptr ? 1 : 0; }
  [[nodiscard]] std::uint32_t capacity() const noexcept override { return 1; }

 private:
  static constexpr std::array<char, 241> kLongLine{};
  Fault fault_ = Fault::none;
  Packet* hoard_ = nullptr;
  void* volatile kept_ = nullptr;
};

IXYFLOW_ELEMENT(Misbehaving);

/// Whether a process that sends two packets through the element ends by abort.
bool caught(const char* fault) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
    {
      ElementHarness element("Misbehaving", parameters({{"fault", fault}}));
      element.send_batch({udp_frame(), tcp_frame()});
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

TEST_CASE("The harness accepts an element that keeps the contract") {
  CHECK_FALSE(caught("none"));
}

TEST_CASE("The harness catches an element that breaks the contract") {
  for (const char* fault : {"loses", "doubles", "wrong_exit", "grows", "hoards", "prints_too_much"}) {
    CAPTURE(fault);
    CHECK(caught(fault));
  }
}

TEST_CASE("The harness catches an allocation on the packet path") {
  const std::uint64_t before = allocations();
  void* volatile memory = std::malloc(1);
  std::free(memory);
  if (allocations() == before) {
    WARN("allocations cannot be counted in this build");
    return;
  }
  CHECK(caught("allocates"));
}

TEST_CASE("The harness refuses unknown types and parameters with the messages of the user") {
  CHECK_THROWS_WITH(ElementHarness("Nonsense"), Catch::Contains("Nonsense"));
  CHECK_THROWS_WITH(ElementHarness("Misbehaving", parameters({{"faults", 1}})), Catch::Contains("fault"));
}

TEST_CASE("Built frames have right checksums and lengths") {
  CHECK(udp_frame().size() == 60);
  for (const Bytes& frame : {udp_frame(), tcp_frame()}) {
    CHECK(ipv4_checksum_right(frame));
    CHECK(transport_checksum_right(frame));
  }
  CHECK(transport_checksum_right(udp6_frame()));
  CHECK(transport_checksum_right(vlan_udp_frame(), 18));
  Bytes changed = tcp_frame();
  changed.back() ^= 1;
  CHECK_FALSE(transport_checksum_right(changed));
}

}  // namespace ixyflow::test
