#include <fmt/format.h>
#include <pcap/pcap.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "core/base/clock.hpp"
#include "core/base/diagnostics.hpp"
#include "core/base/messages/log.hpp"
#include "tools/ixgbe-model/wire/frame_ring.hpp"
#include "tools/ixgbe-model/wire/pcap_options.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

struct Close {
  void operator()(pcap_t* capture) const noexcept { ::pcap_close(capture); }
  void operator()(pcap_dumper_t* dumper) const noexcept { ::pcap_dump_close(dumper); }
};
using Capture = std::unique_ptr<pcap_t, Close>;
using Dumper = std::unique_ptr<pcap_dumper_t, Close>;

constexpr int kSnapLength = 262'144;
/// When nothing has come back for so long, what is under way was meant to be lost.
constexpr double kPatience = 0.1;

Result<Capture> open_input(const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> text{};
  Capture capture(
      ::pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, text.data()));
  if (!capture)
    return fail(ExitCode::input,
                fmt::format("cannot read the capture '{}': {}", printable(path), printable(text.data())));
  if (::pcap_datalink(capture.get()) != DLT_EN10MB)
    return fail(ExitCode::input, fmt::format("the capture '{}' is not of Ethernet", printable(path)));
  return capture;
}

class PcapWire final : public Wire {
 public:
  PcapWire(PcapOptions options, Traffic& traffic, Capture in, Capture format, Dumper out)
      : options_(std::move(options)),
        traffic_(traffic),
        in_(std::move(in)),
        format_(std::move(format)),
        out_(std::move(out)) {
    if (options_.per_second > 0) pause_ = tsc_frequency() / options_.per_second;
    delay_ = tsc_frequency() * static_cast<double>(options_.delay.ns) / 1e9;
    patience_ = static_cast<std::uint64_t>(tsc_frequency() * kPatience);
  }

  [[nodiscard]] std::span<const std::byte> peek() noexcept override;
  void consume() noexcept override;
  [[nodiscard]] bool patient() const noexcept override { return true; }
  bool send(std::span<const std::byte> frame) noexcept override;
  void idle() noexcept override;
  [[nodiscard]] std::string status() const override {
    return fmt::format("wire_given {}\nwire_sent {}\nwire_lost {}\nwire_at_end {}\n", given_, sent_, lost_,
                       in_ == nullptr);
  }

 private:
  bool window_open() noexcept;
  bool next() noexcept;
  bool again() noexcept;
  void write_failed() noexcept;

  PcapOptions options_;
  Traffic& traffic_;
  Capture in_;  ///< null: nothing (more) to play
  Capture format_;
  Dumper out_;
  std::span<const std::byte> frame_;
  std::uint64_t patience_ = 0;  ///< ticks of the TSC
  std::uint64_t moved_at_ = 0;  ///< when the window was last open, in ticks of the TSC
  double delay_ = 0;            ///< before the first frame, in ticks of the TSC
  double due_ = 0;              ///< when the next frame may go, in ticks of the TSC
  double pause_ = 0;            ///< between two frames
  bool unflushed_ = false;
  bool broken_ = false;  ///< writing has failed
  bool played_ = false;  ///< this round has given a frame
  std::uint64_t rounds_ = 1;
  std::uint64_t given_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
};

std::span<const std::byte> PcapWire::peek() noexcept {
  if (in_ == nullptr || (due_ > 0 && static_cast<double>(tsc()) < due_)) return {};
  if (delay_ > 0) {  // the driver receives: this is when the time begins
    due_ = static_cast<double>(tsc()) + std::exchange(delay_, 0);
    return {};
  }
  if (options_.window != 0 && !window_open()) return {};
  // An empty file, or one of frames that are none, ends after one round.
  while (frame_.empty() && in_ != nullptr)
    if (!next() && (!played_ || !again())) in_.reset();
  return frame_;
}

bool PcapWire::window_open() noexcept {
  const std::uint64_t now = tsc();
  if (traffic_.given < traffic_.taken + options_.window) {
    moved_at_ = now;
    return true;
  }
  if (now - moved_at_ < patience_) return false;
  traffic_.given = traffic_.taken;
  moved_at_ = now;
  return true;
}

/// Reads the next frame that a wire can carry. False: there is none in this round.
bool PcapWire::next() noexcept {
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (true) {
    const int got = ::pcap_next_ex(in_.get(), &header, &data);
    if (got == PCAP_ERROR)
      log(LogLevel::warning, fmt::format("'{}': {}", options_.in, ::pcap_geterr(in_.get())));
    if (got != 1) return false;
    if (header->caplen == 0 || header->caplen > FrameRing::kLongestFrame) continue;
    frame_ = std::as_bytes(std::span(data, header->caplen));
    return played_ = true;
  }
}

/// Starts the next round. False: this was the last one, or the file is gone.
bool PcapWire::again() noexcept {
  if (options_.loop != 0 && rounds_ >= options_.loop) return false;
  auto capture = open_input(options_.in);
  if (!capture) {
    log(LogLevel::warning, capture.error().text);
    return false;
  }
  in_ = std::move(*capture);
  played_ = false;
  ++rounds_;
  return true;
}

void PcapWire::consume() noexcept {
  frame_ = {};
  ++given_;
  ++traffic_.given;
  if (pause_ > 0) due_ = std::max(due_, static_cast<double>(tsc()) - 100 * pause_) + pause_;
}

bool PcapWire::send(std::span<const std::byte> frame) noexcept {
  ++traffic_.taken;
  if (out_ == nullptr || broken_) {
    ++(broken_ ? lost_ : sent_);
    return true;
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto length = static_cast<bpf_u_int32>(frame.size());
  const pcap_pkthdr header{
      .ts = {.tv_sec = seconds.count(), .tv_usec = std::chrono::nanoseconds(now - seconds).count()},
      .caplen = length,
      .len = length};
  ::pcap_dump(reinterpret_cast<u_char*>(out_.get()), &header, reinterpret_cast<const u_char*>(frame.data()));
  if (std::ferror(::pcap_dump_file(out_.get())) != 0)
    write_failed();
  else
    ++sent_;
  unflushed_ = true;
  return true;
}

void PcapWire::idle() noexcept {
  if (std::exchange(unflushed_, false) && ::pcap_dump_flush(out_.get()) != 0) write_failed();
}

/// Whatever would come behind a frame that is cut could not be read: nothing more is written.
void PcapWire::write_failed() noexcept {
  if (broken_) return;
  broken_ = true;
  ++lost_;
  log(LogLevel::error, fmt::format("'{}' cannot be written any more", options_.out));
}

bool same_file(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

Result<std::unique_ptr<Wire>> make_pcap_wire(const WireOptions& options, Traffic& traffic) {
  auto pcap = parse_pcap_options(options);
  if (!pcap) return std::unexpected(pcap.error());
  Capture in;
  Capture format;
  Dumper out;
  if (!pcap->in.empty()) {
    auto opened = open_input(pcap->in);
    if (!opened) return std::unexpected(opened.error());
    in = std::move(*opened);
  }
  if (!pcap->out.empty()) {
    if (same_file(pcap->in, pcap->out))
      return fail(ExitCode::usage, fmt::format("'{}' is to be read and written", printable(pcap->out)));
    format.reset(::pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kSnapLength, PCAP_TSTAMP_PRECISION_NANO));
    out.reset(::pcap_dump_open(format.get(), pcap->out.c_str()));
    if (!out)
      return fail(ExitCode::output, fmt::format("cannot write the capture '{}': {}", printable(pcap->out),
                                                printable(::pcap_geterr(format.get()))));
    ::pcap_dump_flush(out.get());  // a reader finds a capture from the start on
  }
  return std::make_unique<PcapWire>(std::move(*pcap), traffic, std::move(in), std::move(format),
                                    std::move(out));
}

}  // namespace ixyflow::model
