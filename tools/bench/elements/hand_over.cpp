#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/element/packet_element.hpp"

namespace ixyflow::bench {

/// Measures how long packets were under way since their port stamped them, with a clock that is read anew for
/// every batch, and writes the percentiles to a file at its end.
class HandOver final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<HandOver>& spec) {
    spec.doc("Measures the time from a packet's time stamp to here.").output(kOut, "out").keeps_length();
    spec.param("file", &HandOver::file_, "JSON: percentiles in nanoseconds").required("\"/dev/null\"");
    spec.param("most", &HandOver::most_, "the first so many packets are measured").range(1, 1 << 24);
  }

  void prepare(Outputs& /*outputs*/) override { times_.reserve(most_); }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    clock_.refresh();
    const Nanoseconds now = clock_.now();
    for (const Packet* packet : batch)
      if (times_.size() < most_) times_.push_back(now - packet->timestamp);
    outputs.forward(kOut, batch);
  }

  ~HandOver() override {
    if (times_.empty()) return;
    std::sort(times_.begin(), times_.end());
    const auto at = [this](double share) {
      return static_cast<long long>(
          times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))]);
    };
    if (std::FILE* out = std::fopen(file_.c_str(), "w")) {
      std::fprintf(out, "{\"count\": %zu, \"p50\": %lld, \"p99\": %lld, \"max\": %lld}\n", times_.size(),
                   at(0.5), at(0.99), at(1));
      std::fclose(out);
    }
  }

 private:
  std::string file_;
  std::uint32_t most_ = 1'000'000;
  Clock clock_{Clock::Kind::real};
  std::vector<Nanoseconds> times_;
};

IXYFLOW_ELEMENT(HandOver);

}  // namespace ixyflow::bench
