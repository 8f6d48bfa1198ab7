#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/cache_line.hpp"
#include "core/base/pacer.hpp"
#include "core/device/port_registry.hpp"
#include "core/net/headers.hpp"
#include "drivers/file/capture_reader.hpp"
#include "drivers/file/capture_writer.hpp"

namespace ixyflow {
namespace drivers {

/// How fast a capture is played: "fast", "recorded", or a rate.
struct Pace {
  enum class Kind : std::uint8_t { fast, recorded, rate };
  Kind kind = Kind::fast;
  Rate rate;
};

}  // namespace drivers

template <>
struct ParameterType<drivers::Pace> {
  static constexpr std::string_view kName = "fast|recorded|rate";
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<drivers::Pace> parse(const Value& value, const ParameterSpec& spec,
                                            Diagnostics& diagnostics) {
    using enum drivers::Pace::Kind;
    if (const std::string* text = value.get_if<std::string>()) {
      if (*text == "fast") return drivers::Pace{};
      if (*text == "recorded") return drivers::Pace{.kind = recorded, .rate = {}};
      if (const auto parsed = parse_rate(*text); parsed && parsed->per_second > 0)
        return drivers::Pace{.kind = rate, .rate = *parsed};
    }
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(const drivers::Pace& pace) {
    using enum drivers::Pace::Kind;
    return quote(pace.kind == fast       ? "fast"
                         : pace.kind == recorded ? "recorded"
                                                 : ixyflow::show(pace.rate));
  }
};

namespace drivers {
namespace {

/// Two spellings of one path are one claim. Looks at directories, opens nothing.
std::string canonical(const std::string& path) {
  std::error_code error;
  const std::filesystem::path resolved =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  return error ? path : resolved.string();
}

/// Turns the time stamps of a capture that is played several times into ones that never go back: each time it
/// starts one mean distance of packets after the last one of the time before.
class LoopTime {
 public:
  Nanoseconds shifted(Nanoseconds timestamp) noexcept {
    if (packets_++ == 0) first_ = last_ = timestamp;
    last_ = std::max(last_, timestamp);
    return timestamp + shift_;
  }
  void next_loop() noexcept {
    const Nanoseconds duration = last_ - first_;
    shift_ += duration +
              std::max(packets_ > 1 ? duration / static_cast<Nanoseconds>(packets_ - 1) : 0, kSmallestGap);
    packets_ = 0;
  }
  /// Packets of this time.
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }

 private:
  static constexpr Nanoseconds kSmallestGap = 1000;

  std::uint64_t packets_ = 0;
  Nanoseconds first_ = 0;
  Nanoseconds last_ = 0;
  Nanoseconds shift_ = 0;
};

}  // namespace

/// A port that receives what stands in one capture file and writes what it sends into another.
class PcapPort final : public Port {
 public:
  static void describe(PortSpecOf<PcapPort>& spec) {
    spec.doc(
            "Capture files: receives the packets of one (pcap or pcapng, Ethernet) and writes what it "
            "sends to another (pcap with nanoseconds). Time stamps and the lengths of cut packets are "
            "kept. Both may be FIFOs. Nothing is lost: it waits for whoever takes its packets, and for who "
            "reads its output.")
        .positional({"read", "write"})
        .drop(PortDirection::receive, "runt", &PcapPort::runt_, "shorter than an Ethernet header (14 bytes)")
        .drop(PortDirection::receive, "oversize", &PcapPort::oversize_,
              "longer than packets have room (packet_size)")
        .drop(PortDirection::transmit, "not_written", &PcapPort::not_written_,
              "the disk was full or failed, or the reader of a FIFO went away")
        .counter("late", &PcapPort::late_, "times that the pace was more than 100 ms behind and was moved");
    spec.param("read", &PcapPort::read_, "file that packets are received from; absent: none come")
        .type_name("path");
    spec.param("write", &PcapPort::write_,
               "file for what is sent, replaced if it exists; absent: what is sent is gone")
        .type_name("path");
    spec.param("loop", &PcapPort::loop_, "how often the file is received; 0: for ever");
    spec.param("pace", &PcapPort::pace_,
               "when packets come: as fast as they are taken, at their recorded distances, or at a rate");
  }

  void configure(PortConfiguration& configuration) override {
    longest_ = configuration.packet_size;
    if (read_ && read_->empty()) read_.reset();
    if (write_ && write_->empty()) write_.reset();
    const auto mistake = [&](const char* key, std::string text, std::string hint) {
      const Value::Entry* entry = find(configuration.parameters, key);
      configuration.diagnostics.error(entry != nullptr ? entry->value.where() : configuration.where,
                                      configuration.owner + " " + std::move(text), std::move(hint));
    };
    if (!read_ && !write_) mistake("", "has neither 'read' nor 'write'", "name at least one file");
    if (read_ && write_ && canonical(*read_) == canonical(*write_))
      mistake("write", "would overwrite the file that it reads", "write to another file");
    if (configuration.used_to_receive && !read_)
      configuration.diagnostics.warning(configuration.where,
                                        configuration.owner + " has no 'read': nothing is received");
    if (configuration.used_to_transmit && !write_)
      configuration.diagnostics.warning(configuration.where,
                                        configuration.owner + " has no 'write': what is sent to it is gone");
  }

  [[nodiscard]] PortProperties properties() const override {
    PortProperties properties;
    properties.can_wait = true;
    if (write_) properties.claims.push_back("file " + canonical(*write_));
    if (read_) properties.shared_claims.push_back("file " + canonical(*read_));
    return properties;
  }

  Result<void> open() override {
    if (read_) {
      auto reader = CaptureReader::open(*read_);
      if (!reader) return std::unexpected(reader.error());
      if ((*reader)->source().is_fifo() && loop_ != 1)
        return fail(ExitCode::configuration, "'" + printable(*read_) +
                                                 "' is a FIFO, which can be read only once, but loop is " +
                                                 std::to_string(loop_));
      receive_.reader = std::move(*reader);
    }
    if (write_) {
      // Elements may have grown the packet into its headroom.
      constexpr std::size_t kGrowth = 256;
      constexpr std::size_t kLargest = 65536;
      auto writer = CaptureWriter::create(*write_, (longest_ != 0 ? longest_ : kLargest) + kGrowth,
                                          receive_.reader ? &receive_.reader->source() : nullptr);
      if (!writer) {
        receive_.reader.reset();
        return std::unexpected(writer.error());
      }
      transmit_.writer = std::move(*writer);
    }
    return {};
  }

  void attach_rx(std::uint16_t /*queue*/, const QueueContext& context) override {
    receive_.context = context;
    receive_.loops_left = loop_ == 0 ? kForEver : loop_;
    receive_.ended = receive_.reader == nullptr;
    if (pace_.kind == Pace::Kind::rate) receive_.pacer = Pacer(pace_.rate);
    fetch();
  }
  void attach_tx(std::uint16_t /*queue*/, const QueueContext& context) override {
    transmit_.context = context;
  }

  std::uint32_t rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept override;
  [[nodiscard]] bool exhausted(std::uint16_t /*queue*/) const noexcept override { return receive_.ended; }
  [[nodiscard]] Nanoseconds next_due(std::uint16_t /*queue*/) const noexcept override {
    // What a FIFO has not got yet comes when it likes.
    if (receive_.ended || (!receive_.pending && receive_.reader->source().is_fifo()))
      return std::numeric_limits<Nanoseconds>::max();
    return receive_.pending && receive_.started ? due() : 0;
  }

  std::uint32_t tx(std::uint16_t /*queue*/, std::span<Packet* const> packets) noexcept override;
  [[nodiscard]] std::uint32_t tx_room(std::uint16_t /*queue*/) noexcept override;

  void detach_tx(std::uint16_t /*queue*/) noexcept override {
    if (!transmit_.writer) return;
    transmit_.writer->flush();
    not_written_.add(transmit_.writer->take_lost());
  }

  Result<void> close() override;

 private:
  static constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();

  struct Receive {
    std::unique_ptr<CaptureReader> reader;
    QueueContext context;
    CaptureRecord record;  ///< the next one, when `pending`
    bool pending = false;
    bool ended = false;
    bool started = false;  ///< the schedule of a paced port has begun
    Nanoseconds epoch =
        0;  ///< recorded pace: what is added to a time stamp to have its time on the worker's clock
    std::uint64_t loops_left = kForEver;
    LoopTime loop_time;
    Pacer pacer;
  };
  struct Transmit {
    std::unique_ptr<CaptureWriter> writer;
    QueueContext context;
  };

  bool fetch() noexcept;
  [[nodiscard]] Nanoseconds due() const noexcept;
  void keep_pace(Nanoseconds now) noexcept;
  bool fits(const Packet& packet) noexcept;
  void fill(Packet& packet) noexcept;

  std::optional<std::string> read_;
  std::optional<std::string> write_;
  std::uint64_t loop_ = 1;
  Pace pace_;
  std::uint32_t longest_ = 0;
  // The two directions may run on two cores.
  alignas(kCacheLine) Receive receive_;
  Counter runt_;
  Counter oversize_;
  Counter late_;
  alignas(kCacheLine) Transmit transmit_;
  Counter not_written_;
};

/// Makes the next record pending; false when there is none now. Starts the file again as often as `loop`
/// says.
bool PcapPort::fetch() noexcept {
  if (receive_.pending || receive_.ended) return receive_.pending;
  CaptureReader::Next next = receive_.reader->next(receive_.record);
  if (next == CaptureReader::Next::end) {
    const bool empty = receive_.loop_time.packets() == 0;
    if (receive_.loops_left != kForEver) --receive_.loops_left;
    receive_.ended = empty || receive_.loops_left == 0 || receive_.reader->fault() != CaptureFault::none;
    if (receive_.ended) return false;
    receive_.reader->rewind();
    receive_.loop_time.next_loop();
    next = receive_.reader->next(receive_.record);
  }
  if (next != CaptureReader::Next::record) return false;
  receive_.record.timestamp = receive_.loop_time.shifted(receive_.record.timestamp);
  return receive_.pending = true;
}

/// When the pending record may leave; of a port without a pace, always.
Nanoseconds PcapPort::due() const noexcept {
  switch (pace_.kind) {
    case Pace::Kind::fast:
      return 0;
    case Pace::Kind::recorded:
      return receive_.record.timestamp + receive_.epoch;
    case Pace::Kind::rate:
      return receive_.pacer.due();
  }
  std::unreachable();
}

/// Begins the schedule with the first packet, and moves it when it is too far behind, so that a worker that
/// stood still does not send all that it missed in one burst.
void PcapPort::keep_pace(Nanoseconds now) noexcept {
  if (!receive_.started) {
    receive_.started = true;
    receive_.epoch = now - receive_.record.timestamp;
    receive_.pacer.start(now);
  }
  if (pace_.kind == Pace::Kind::rate) {
    if (receive_.pacer.limit_lag(now)) ++late_;
  } else if (pace_.kind == Pace::Kind::recorded && now - due() > Pacer::kMaxLag) {
    receive_.epoch += now - due();
    ++late_;
  }
}

/// Counts the record away when it cannot become a packet.
bool PcapPort::fits(const Packet& packet) noexcept {
  if (receive_.record.captured < sizeof(EtherHeader)) return ++runt_, false;
  if (receive_.record.captured > packet.tailroom()) return ++oversize_, false;
  return true;
}

void PcapPort::fill(Packet& packet) noexcept {
  const CaptureRecord& record = receive_.record;
  std::memcpy(packet.data(), record.data, record.captured);
  packet.set_length(record.captured, record.original);
  packet.timestamp = record.timestamp;
  packet.input_port = receive_.context.port_index;
}

std::uint32_t PcapPort::rx(std::uint16_t /*queue*/, std::span<Packet*> packets) noexcept {
  const Nanoseconds now = receive_.context.clock->now();
  if (!fetch()) return 0;
  keep_pace(now);
  if (due() > now) return 0;
  const std::uint32_t buffers = receive_.context.pool->allocate(packets);
  std::uint32_t count = 0;
  for (std::uint32_t tries = 0; tries < packets.size() && count < buffers && fetch() && due() <= now;
       ++tries) {
    if (fits(*packets[count])) fill(*packets[count++]);
    if (pace_.kind == Pace::Kind::rate) receive_.pacer.sent(receive_.record.captured);
    receive_.pending = false;
  }
  receive_.context.pool->free(packets.subspan(count, buffers - count));
  fetch();  // so that `exhausted` and `next_due` know
  return count;
}

std::uint32_t PcapPort::tx(std::uint16_t /*queue*/, std::span<Packet* const> packets) noexcept {
  if (transmit_.writer) {
    for (const Packet* packet : packets)
      transmit_.writer->append(packet->timestamp, packet->data(), packet->length(), packet->wire_length());
    transmit_.writer->flush_sometimes(transmit_.context.clock->now());
    not_written_.add(transmit_.writer->take_lost());
  }
  transmit_.context.pool->free(packets);
  return static_cast<std::uint32_t>(packets.size());
}

std::uint32_t PcapPort::tx_room(std::uint16_t /*queue*/) noexcept {
  if (!transmit_.writer) return std::numeric_limits<std::uint32_t>::max();
  transmit_.writer->flush_sometimes(transmit_.context.clock->now());
  return transmit_.writer->has_room() ? std::numeric_limits<std::uint32_t>::max() : 0;
}

Result<void> PcapPort::close() {
  std::optional<Error> error;
  if (const auto reader = std::move(receive_.reader); reader && reader->fault() != CaptureFault::none)
    error = reader->error();
  if (const auto writer = std::move(transmit_.writer)) {
    const Result<void> written = writer->close();
    not_written_.add(writer->take_lost());
    // Both went wrong: what is missing in the output matters more, but both are said.
    if (!written)
      error = Error{written.error().code, (error ? error->text + "; " : "") + written.error().text};
  }
  receive_.ended = true;
  receive_.pending = false;
  if (error) return std::unexpected(std::move(*error));
  return {};
}

IXYFLOW_PORT(PcapPort, "pcap");

}  // namespace drivers
}  // namespace ixyflow
