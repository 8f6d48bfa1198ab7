#include "core/packet/checks.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "core/element/packet_element.hpp"
#include "tests/support/runs.hpp"

// ThreadSanitizer has no threads after a fork.
#if !defined(__SANITIZE_THREAD__)

using namespace ixyflow;
using namespace ixyflow::test;

namespace ixyflow::elements {

/// Does to every packet what nobody may do.
class TestVandal final : public Element {
 public:
  enum class Deed { none, gives_on_twice, writes_beyond };

  static void describe(Spec<TestVandal>& spec) {
    spec.doc("Spoils packets.").output(0, "out");
    spec.choice("deed", &TestVandal::deed_,
                {{"none", Deed::none},
                 {"gives_on_twice", Deed::gives_on_twice},
                 {"writes_beyond", Deed::writes_beyond}},
                "what it does");
  }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch) {
      if (deed_ == Deed::writes_beyond) packet->data()[packet->length() + packet->tailroom()] = 0x55;
      if (deed_ == Deed::gives_on_twice) outputs.push(0, packet);
      outputs.push(0, packet);
    }
  }

 private:
  Deed deed_ = Deed::none;
};
IXYFLOW_ELEMENT(TestVandal);

}  // namespace ixyflow::elements

namespace {

/// What a process said in which the element did this, and whether it ended by abort.
std::string last_words(const std::string& deed, bool& aborted) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    PortScript a{.send = 100};
    PortScript b;
    RunOptions options;
    options.clock = Clock::Kind::simulated;
    auto run = make_run(in_and_out() + "[elements.vandal]\ntype = \"TestVandal\"\ndeed = \"" + deed +
                            "\"\n[graph]\npaths = [\"in -> vandal -> out\"]\n",
                        {{"a", &a}, {"b", &b}}, std::move(options));
    while (run->step(0)) {
    }
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string words;
  std::array<char, 4096> text;
  for (ssize_t count; (count = ::read(pipe[0], text.data(), text.size())) > 0;)
    words.append(text.data(), static_cast<std::size_t>(count));
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  return words;
}

}  // namespace

TEST_CASE("C7: builds with checks end when an element gives a packet on twice or writes beyond its end") {
  bool aborted = false;
  last_words("none", aborted);
  CHECK_FALSE(aborted);
  if constexpr (!kChecks) return;
  CHECK_THAT(last_words("gives_on_twice", aborted), Catch::Contains("check failed in vandal: "));
  CHECK(aborted);
  CHECK_THAT(last_words("writes_beyond", aborted), Catch::Contains("written to behind its end"));
  CHECK(aborted);
}

#endif
