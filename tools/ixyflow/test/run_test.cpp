#include "tools/ixyflow/test/run_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/runtime/control/run.hpp"
#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/test/capture.hpp"
#include "tools/ixyflow/test/expectations.hpp"
#include "tools/ixyflow/test/planned_test.hpp"
#include "tools/ixyflow/views/summary.hpp"

namespace ixyflow::tools {
namespace {

/// A path of a test is meant from where its file lies.
std::string beside(const PipelineFile& file, const std::string& path) {
  return std::filesystem::path(path).is_absolute() ? path
                                                   : (std::filesystem::path(file.folder) / path).string();
}

class TestExecution {
 public:
  TestExecution(const PipelineFile& file, const TestCase& test)
      : file_(file), test_(test), traffic_(no_traffic(file)) {}

  std::vector<std::string> execute(LoadOptions options) {
    prepare_traffic();
    if (!failures_.empty()) return failures_;
    Diagnostics diagnostics(file_.path, file_.text);
    auto planned = plan_test(file_, test_, std::move(options), traffic_, diagnostics);
    if (!planned) {
      failures_.push_back("the pipeline cannot be built:\n" + diagnostics.render());
      return failures_;
    }
    auto run = Run::create(std::move(planned->pipeline), std::move(planned->plan),
                           {.clock = Clock::Kind::simulated, .pin = false, .print = {}});
    if (!run) {
      failures_.push_back("the pipeline cannot be started: " + run.error().text);
      return failures_;
    }
    step(**run);
    compare((*run)->finish());
    return failures_;
  }

 private:
  void prepare_traffic() {
    for (const TestInput& input : test_.inputs) {
      auto packets = load(input.packets);
      if (!input.at.empty() && input.at.size() != packets.size())
        failures_.push_back(fmt::format("'at' has {} times for {} packets", input.at.size(), packets.size()));
      for (std::size_t i = 0; i < packets.size(); ++i)
        packets[i].at = i < input.at.size() ? input.at[i] : static_cast<Nanoseconds>(i) * input.interval;
      traffic_[input.port]->in = std::move(packets);
    }
  }

  std::vector<PortTraffic::Packet> load(const TestPackets& packets) {
    std::vector<PortTraffic::Packet> result;
    if (packets.pcap.empty()) {
      for (const Bytes& frame : packets.frames)
        result.push_back({frame, static_cast<std::uint32_t>(frame.size()), 0});
    } else if (auto read = read_capture(beside(file_, packets.pcap))) {
      result = std::move(*read);
    } else {
      failures_.push_back(read.error().text);
    }
    return result;
  }

  [[nodiscard]] bool time_is_over(Nanoseconds until) const {
    return std::ranges::any_of(traffic_, [until](const auto& entry) {
      return entry.second->clock != nullptr && entry.second->clock->now() >= until;
    });
  }

  void step(Run& run) {
    constexpr Duration kLongest{3'600'000'000'000};
    // Far more rounds than a test of a few packets takes; only a fault gets there.
    constexpr std::uint64_t kMostRounds = 20'000'000;
    const Nanoseconds until = test_.duration.value_or(kLongest).ns;
    bool stopped = false;
    for (std::uint64_t round = 0; run.step(until); ++round) {
      if (stopped || (round < kMostRounds && !time_is_over(until))) continue;
      run.request_stop("time");
      stopped = true;
      if (!test_.duration || round >= kMostRounds)
        failures_.push_back(
            "the run did not end within an hour of virtual time; say how long it lasts with 'for'");
    }
  }

  void compare(const RunReport& report) {
    for (const TestOutput& output : test_.outputs) {
      std::vector<Bytes> expected;
      if (output.packets)
        for (auto& packet : load(*output.packets)) expected.push_back(std::move(packet.frame));
      compare_output(output, expected, traffic_[output.port]->out, failures_);
    }
    compare_numbers("counter", test_.counters, counters_of(report), failures_);
    compare_numbers("drop", test_.drops, drops_of(report), failures_);
    if (!report.ledger.balanced())
      failures_.push_back("the ledger does not balance: " + ledger_text(report.ledger));
    for (const WorkerReport& worker : report.workers)
      if (worker.buffers != worker.buffers_free)
        failures_.push_back(fmt::format("core '{}': {} of {} did not come home", worker.name,
                                        worker.buffers - worker.buffers_free,
                                        plural(worker.buffers, "buffer")));
    for (const PortReport& port : report.ports)
      if (!port.error.empty()) failures_.push_back(fmt::format("port '{}': {}", port.name, port.error));
  }

  const PipelineFile& file_;
  const TestCase& test_;
  TestTraffic traffic_;
  std::vector<std::string> failures_;
};

}  // namespace

std::vector<std::string> run_test(const PipelineFile& file, const TestCase& test, LoadOptions options) {
  return TestExecution(file, test).execute(std::move(options));
}

}  // namespace ixyflow::tools
