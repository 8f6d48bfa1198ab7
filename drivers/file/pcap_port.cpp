#include "drivers/file/pcap_port.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/base/diagnostics.hpp"
#include "drivers/file/capture_name.hpp"

namespace ixyflow::drivers {

PortProperties PcapPort::properties() const {
  PortProperties properties;
  properties.can_wait = true;
  properties.reads = read_.paths;
  if (write_) properties.writes = {*write_};
  return properties;
}

Result<void> PcapPort::open_captures() {
  auto captures = CaptureMerge::open(read_.paths);
  if (!captures) return std::unexpected(captures.error());
  if ((*captures)->has_pipe() && loop_ != 1)
    return fail(ExitCode::configuration,
                fmt::format("{} can be read only once, because it is a pipe, but loop is {}",
                            show_input(read_.paths.front()), loop_));
  receive_.captures = std::move(*captures);
  receive_.converted = receive_.captures->converted();
  return {};
}

Result<void> PcapPort::open() {
  if (!read_.paths.empty())
    if (auto opened = open_captures(); !opened) return opened;
  if (write_) {
    // Elements may have grown the packet into its headroom.
    constexpr std::size_t kGrowth = 256;
    constexpr std::size_t kLargest = 65536;
    const std::size_t longest = (longest_ != 0 ? longest_ : kLargest) + kGrowth;
    auto writer = CaptureWriter::create(
        {.path = *write_, .longest = longest, .mode = file_mode_}, [this](auto device, auto inode) {
          return receive_.captures && receive_.captures->is_read(device, inode);
        });
    if (!writer) {
      receive_.captures.reset();
      return std::unexpected(writer.error());
    }
    transmit_.writer = std::move(*writer);
  }
  return {};
}

void PcapPort::supervise(const EventSink& event) {
  constexpr Nanoseconds kMinute = 60'000'000'000, kHour = 60 * kMinute;
  const CaptureReader* const capture = receive_.converted.load(std::memory_order_acquire);
  if (capture != nullptr && !std::exchange(receive_.told, true))
    event(EventKind::note,
          fmt::format("{} is of link type {}: its frames get Ethernet headers", show_input(capture->path()),
                      CaptureReader::show(*capture->converted())));
  if (const Nanoseconds pause = receive_.long_pause.exchange(0); pause != 0) {
    const Nanoseconds unit = pause < 2 * kHour ? kMinute : kHour;
    event(EventKind::note,
          fmt::format("the next packet is due in {}, as it was recorded; 'maxsleep' limits such pauses",
                      show(Duration{pause / unit * unit})));
  }
}

Result<void> PcapPort::close() {
  std::optional<Error> error;
  if (receive_.captures) error = receive_.captures->error();
  if (const auto writer = std::move(transmit_.writer)) {
    const Result<void> written = writer->close();
    not_written_.add(writer->take_lost());
    // Both went wrong: what is missing in the output matters more, but both are said.
    if (!written)
      error = Error{written.error().code, (error ? error->text + "; " : "") + written.error().text};
  }
  receive_.captures.reset();
  receive_.ended = true;
  receive_.pending = false;
  if (error) return std::unexpected(std::move(*error));
  return {};
}

}  // namespace ixyflow::drivers
