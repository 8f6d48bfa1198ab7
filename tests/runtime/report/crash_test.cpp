#include "core/runtime/report/crash.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>

#include "core/element/packet_element.hpp"
#include "core/runtime/engine/plugin_call.hpp"
#include "tests/support/runs.hpp"

// Sanitizers have reports of their own, and ThreadSanitizer no threads after a fork.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

using namespace ixyflow;
using namespace ixyflow::test;

namespace ixyflow::elements {

/// Dies of the 100th packet, in the way that its parameter says.
class TestCrasher final : public PacketElement<TestCrasher> {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<TestCrasher>& spec) {
    spec.doc("Dies.").output(kOut, "out");
    spec.param("by", &TestCrasher::by_, "what");
    spec.param("exit", &TestCrasher::exit_, "where that packet goes instead");
    spec.param("rest", &TestCrasher::rest_, "whether its whole batch goes there");
  }
  PortIndex handle(Packet&) noexcept {
    if (++packets_ == 100) die();
    return packets_ == 100 || (rest_ && packets_ > 64) ? exit_ : PortIndex{kOut};
  }

 private:
  void die() {
    if (by_ == "write") *static_cast<volatile int*>(nowhere_) = 1;
    if (by_ == "signal") raise(SIGBUS);
    if (by_ == "stack") overrun(1);
    if (by_ == "abort") std::abort();
    if (by_ == "throw") throw std::runtime_error("no good packet");
  }
  /// Calls itself until the stack is used up.
  [[gnu::noinline]] int overrun(int depth) {
    volatile char frame[4096];
    frame[0] = static_cast<char>(depth);
    return depth == endless_ ? 0 : overrun(depth + 1) + frame[0];
  }

  std::string by_;
  PortIndex exit_ = kOut;
  bool rest_ = false;
  int packets_ = 0;
  void* volatile nowhere_ = nullptr;
  volatile int endless_ = -1;
};
IXYFLOW_ELEMENT(TestCrasher);

/// Dies beside the packet path.
class TestLateCrasher final : public PacketElement<TestLateCrasher> {
 public:
  static void describe(Spec<TestLateCrasher>& spec) {
    spec.doc("Dies when it prepares, when it is changed, or when it is looked at.").output(0, "out");
    spec.gauge("looks", &TestLateCrasher::looks, "nothing");
    spec.param("shy", &TestLateCrasher::shy_, "whether it dies when it is looked at");
    spec.param("prepare", &TestLateCrasher::prepare_, "how it does");
    spec.param("dies", &TestLateCrasher::dies_, "whether it does when this is changed").live();
  }
  void prepare(Outputs&) override {
    if (prepare_ == "abort") std::abort();
    if (prepare_ == "throw") throw std::runtime_error("no memory today");
    if (prepare_ == "throw 5") throw 5;
  }
  void update() noexcept override { change(); }
  PortIndex handle(Packet&) noexcept { return 0; }

 private:
  void change() {
    if (dies_) throw std::runtime_error("no change");
  }

  std::uint64_t looks() const noexcept {
    if (shy_) std::abort();
    return 0;
  }

  std::string prepare_;
  bool shy_ = false;
  bool dies_ = false;
};
IXYFLOW_ELEMENT(TestLateCrasher);

/// Dies or stays in what the control thread calls.
class TestControlCrasher final : public Element {
 public:
  static void describe(Spec<TestControlCrasher>& spec) {
    spec.doc("Dies on the control thread.").output(0, "out");
    spec.param("by", &TestControlCrasher::by_, "what");
    spec.param("in", &TestControlCrasher::in_, "where");
    spec.view("rows", &TestControlCrasher::rows, "number", "Nothing, or the end.");
  }
  ~TestControlCrasher() override { visit("destructor"); }
  void configure(Configuration&) override { visit("configure"); }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override { outputs.forward(0, batch); }

 private:
  std::vector<Value::Table> rows() const {
    visit("view");
    return {};
  }
  void visit(std::string_view place) const {
    if (place != in_) return;
    if (by_ == "write") *static_cast<volatile int*>(nowhere_) = 1;
    if (by_ == "abort") std::abort();
    while (by_ == "stay") ::pause();
  }

  std::string by_;
  std::string in_;
  void* volatile nowhere_ = nullptr;
};
IXYFLOW_ELEMENT(TestControlCrasher);

/// Pushes every packet by an exit of which nobody said that it has it.
class TestStrayPusher final : public Element {
 public:
  static void describe(Spec<TestStrayPusher>& spec) {
    spec.doc("Pushes wrongly.").output(0, "out");
    spec.param("exit", &TestStrayPusher::exit_, "where to");
  }
  void process(PortIndex, Batch& batch, Outputs& outputs) noexcept override {
    for (Packet* packet : batch) outputs.push(exit_, packet);
  }

 private:
  PortIndex exit_ = 0;
};
IXYFLOW_ELEMENT(TestStrayPusher);

}  // namespace ixyflow::elements

namespace {

/// Around the lines of the table of an element.
std::string pipeline_with(const std::string& bad) {
  return "[cores]\nmain = {}\n" + in_and_out("main") + "[elements.bad]\n" + bad + R"(
[graph]
paths = ["in -> bad -> out"]
)";
}

std::string pipeline(const std::string& by) {
  return pipeline_with("type = \"TestCrasher\"\nby = \"" + by + "\"");
}

/// How a process ended that ran a pipeline, and what it said.
struct Death {
  int signal = 0;
  int code = 0;
  std::string report;
};

Death die_in_child(const std::function<void()>& work) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(pipe[1], STDERR_FILENO);
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    // As the program has them all the time.
    const CrashReports crash_reports;
    const CrashStack crash_stack;
    work();
    ::_exit(0);
  }
  ::close(pipe[1]);
  Death death;
  std::array<char, 4096> text;
  for (ssize_t count; (count = ::read(pipe[0], text.data(), text.size())) > 0;)
    death.report.append(text.data(), static_cast<std::size_t>(count));
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) death.signal = WTERMSIG(status);
  if (WIFEXITED(status)) death.code = WEXITSTATUS(status);
  return death;
}

Death die_in(const std::string& toml, const std::function<void(Run&)>& meanwhile = {}) {
  return die_in_child([&] {
    PortScript a{.send = meanwhile ? ~0U : 1000};
    PortScript b;
    auto run = make_run(toml, {{"a", &a}, {"b", &b}});
    if (!run->start()) return;
    if (meanwhile) {
      meanwhile(*run);
      run->request_stop("test");
    }
    run->wait(Duration{10'000'000'000});
    run->finish();
  });
}

Death die(const std::string& by) {
  return die_in(pipeline(by));
}

bool has(const Death& death, const std::string& text) {
  return death.report.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("I6: a worker that dies of a signal says in which element, and on which packets it worked") {
  const Death death = die("write");
  CHECK(death.signal == SIGSEGV);
  INFO(death.report);
  CHECK(has(death,
            "ixyflow: core 'main', element 'bad': crashed by SIGSEGV at 0x0\n  it worked on 64 packets:\n"));
  // Packets of 64 bytes, which are zeros but for their number: 64 is the first of the second batch.
  std::string bytes = "40";
  for (int i = 1; i < 64; ++i) bytes += " 00";
  CHECK(has(death, "\n  packet 1: 64 bytes: " + bytes + "\n"));
  CHECK(has(death, "\n  packet 4: 64 bytes: 43 "));
  CHECK_FALSE(has(death, "packet 5"));
}

TEST_CASE("I6: a signal that somebody sent ends the worker the same way") {
  const Death death = die("signal");
  CHECK(death.signal == SIGBUS);
  CHECK(has(death, "element 'bad': crashed by SIGBUS"));
}

TEST_CASE("I6: a stack that has run over does not keep the report back") {
  const Death death = die("stack");
  CHECK(death.signal == SIGSEGV);
  CHECK(has(death, "element 'bad': crashed by SIGSEGV"));
}

TEST_CASE("I6: an exception where none may leave names the element, and what it said") {
  const Death death = die("throw");
  CHECK(death.signal == SIGABRT);
  CHECK(
      has(death, "ixyflow: core 'main', element 'bad': an exception where none may leave: no good packet\n"));
  CHECK(has(death, "it worked on 64 packets"));
}

TEST_CASE("I6: an element that aborts is named") {
  const Death death = die("abort");
  CHECK(death.signal == SIGABRT);
  CHECK(has(death, "ixyflow: core 'main', element 'bad': crashed by SIGABRT\n  it worked on 64 packets"));
}

TEST_CASE("I6: an element that dies when it prepares, when it is changed or when it is looked at, is named") {
  const Death prepares = die_in(pipeline_with("type = \"TestLateCrasher\"\nprepare = \"abort\""));
  INFO(prepares.report);
  CHECK(prepares.signal == SIGABRT);
  CHECK(has(prepares, "core 'main', element 'bad': crashed by SIGABRT"));
  const Death changes = die_in(pipeline_with("type = \"TestLateCrasher\""), [](Run& run) {
    static_cast<void>(run.set_parameter("bad.dies", Value(true)));
  });
  INFO(changes.report);
  CHECK(changes.signal == SIGABRT);
  CHECK(has(changes, "core 'main', element 'bad': an exception where none may leave: no change"));
  const Death looked_at = die_in(pipeline_with("type = \"TestLateCrasher\"\nshy = true"),
                                 [](Run& run) { static_cast<void>(run.snapshot()); });
  INFO(looked_at.report);
  CHECK(has(looked_at, "core 'main', element 'bad': crashed by SIGABRT"));
}

TEST_CASE("I6: where the control thread runs the workers itself, what dies has a name as well") {
  const Death death = die_in_child([] {
    PortScript a{.send = 1000};
    PortScript b;
    RunOptions options;
    options.clock = Clock::Kind::simulated;
    auto run = make_run(pipeline("write"), {{"a", &a}, {"b", &b}}, std::move(options));
    while (run->step(0)) continue;
  });
  CHECK(death.signal == SIGSEGV);
  CHECK(has(death, "core 'main', element 'bad': crashed by SIGSEGV at 0x0\n  it worked on 64 packets"));
}

TEST_CASE("I6: what dies on the control thread has a name") {
  const auto table = [](const std::string& by, const std::string& in) {
    return pipeline_with("type = \"TestControlCrasher\"\nby = \"" + by + "\"\nin = \"" + in + "\"");
  };
  const auto look = [](Run& run) { static_cast<void>(run.view("bad.rows")); };
  for (const auto& [in, who] :
       {std::pair("configure", "element 'bad' (type TestControlCrasher)"),
        std::pair("view", "view 'bad.rows'"), std::pair("destructor", "element 'bad'")}) {
    CAPTURE(in);
    const Death writes = die_in(table("write", in), look);
    INFO(writes.report);
    CHECK(writes.signal == SIGSEGV);
    CHECK(has(writes, std::string("ixyflow: ") + who + ": crashed by SIGSEGV at 0x0\n"));
    const Death aborts = die_in(table("abort", in), look);
    CHECK(aborts.signal == SIGABRT);
    CHECK(has(aborts, std::string("ixyflow: ") + who + ": crashed by SIGABRT\n"));
  }
}

TEST_CASE("C4: what the control thread does not come back from ends the run with its name") {
  PluginCall::set_patience(1);
  const Death death = die_in(pipeline_with("type = \"TestControlCrasher\"\nby = \"stay\"\nin = \"view\""),
                             [](Run& run) { static_cast<void>(run.view("bad.rows")); });
  PluginCall::set_patience(5);
  INFO(death.report);
  CHECK(death.code == 70);
  CHECK(death.report ==
        "ixyflow: view 'bad.rows': it does not come back, and so the run can do nothing else\n");
}

TEST_CASE("I6: an exception when an element prepares is an error of the start that names it") {
  for (const auto& [how, text] :
       {std::pair("throw", "no memory today"), std::pair("throw 5", "of unknown type")}) {
    PortScript a;
    PortScript b;
    auto run = make_run(pipeline_with("type = \"TestLateCrasher\"\nprepare = \"" + std::string(how) + "\""),
                        {{"a", &a}, {"b", &b}});
    const auto started = run->start();
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().text ==
          std::string("core 'main' cannot be prepared: element 'bad' threw an exception: ") + text);
  }
}

TEST_CASE("C11: an exit that was not declared ends the run with the element's name, however it is taken") {
  const std::string said = "let a packet leave by exit ";
  // 255 is an output's number, 256 a drop's, 511 the last that there can be; what lies beyond cannot be one.
  for (const int exit : {1, 255, 256, 511, 512, 1000, 65535})
    for (const char* table :
         {"type = \"TestCrasher\"\nexit = ", "type = \"TestCrasher\"\nrest = true\nexit = ",
          "type = \"TestStrayPusher\"\nexit = "}) {
      CAPTURE(exit, table);
      const Death death = die_in(pipeline_with(table + std::to_string(exit)));
      INFO(death.report);
      CHECK(death.signal == SIGABRT);
      CHECK(has(death, "ixyflow: check failed in bad: it (Test"));
      CHECK(has(death, said + std::to_string(exit) + ", which it does not have\n"));
      CHECK(has(death, "core 'main', element 'bad': crashed by SIGABRT"));
    }
}

TEST_CASE("I6: after a run the signals are as they were before") {
  struct sigaction before {};
  struct sigaction after {};
  sigaction(SIGSEGV, nullptr, &before);
  PortScript a{.send = 10};
  PortScript b;
  run_threaded(pipeline("nothing"), {{"a", &a}, {"b", &b}});
  sigaction(SIGSEGV, nullptr, &after);
  CHECK(before.sa_sigaction == after.sa_sigaction);
}

#endif
