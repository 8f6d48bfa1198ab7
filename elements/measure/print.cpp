#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "core/base/token_bucket.hpp"
#include "core/element/packet_element.hpp"
#include "core/net/describe.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class Print final : public PacketElement<Print> {
  enum : PortIndex { kOut };
  static constexpr std::size_t kLongestLabel = 64;

 public:
  static void describe(Spec<Print>& spec) {
    spec.doc(
            "Shows packets on stderr, one line each, like tcpdump (Click's Print and IPPrint), and passes "
            "all of them on. Where all sources can wait (files), they wait for whoever reads the lines, and "
            "each line is shown. What a network card receives is never held up: lines are limited in rate, "
            "and those that the terminal is too slow for are left out. What was held back is counted, and "
            "said at the end.")
        .example(R"([elements.show]
type = "Print"
label = "in"
limit = 20

[graph]
paths = ["in -> show -> out"])")
        .output(kOut, "out", "every packet")
        .counter("printed", &Print::printed_, "lines given out")
        .counter("suppressed", &Print::suppressed_, "lines held back by `limit` or `per_second`")
        .keeps_length();
    spec.param("label", &Print::label_, "stands before every line");
    spec.param("limit", &Print::limit_, "the most lines of a run; 0: no limit");
    spec.param(
        "per_second", &Print::per_second_,
        "the most lines per second on average, and at once; 0: no limit, nor is there one when it is not "
        "given and all sources can wait");
    spec.param("every", &Print::every_, "a line for the first packet and then for every so many")
        .range(1, std::numeric_limits<std::uint32_t>::max());
    spec.param("bytes", &Print::bytes_,
               "so many bytes of the frame in hexadecimal, as far as the line has room")
        .range(0, 64);
    spec.param("time", &Print::time_, "shows the time stamp, in seconds since the epoch");
  }

  void configure(Configuration& configuration) override {
    if (label_.size() > kLongestLabel)
      configuration.error(
          "label", fmt::format("'label' has at most {} characters, not {}", kLongestLabel, label_.size()));
    if (configuration.sources_wait && find(configuration.parameters, "per_second") == nullptr)
      per_second_ = 0;
    bucket_ = TokenBucket({.per_second = static_cast<double>(per_second_)}, per_second_);
  }

  PortIndex handle(Packet& packet, Outputs& outputs) noexcept {
    const bool due = until_next_ == 0;
    until_next_ = due ? every_ - 1 : until_next_ - 1;
    if (due) {
      if (allowed(outputs.now()))
        print(packet, outputs);
      else
        ++suppressed_;
    }
    return kOut;
  }

 private:
  /// A line of text in a place of fixed size; what does not fit is cut.
  struct Line {
    std::array<char, 240> text;
    std::size_t length = 0;

    [[nodiscard]] std::span<char> rest() noexcept { return std::span(text).subspan(length); }
    void add(std::string_view piece) noexcept {
      const std::size_t count = std::min(piece.size(), rest().size());
      std::copy_n(piece.begin(), count, rest().begin());
      length += count;
    }
    void add_hex(std::uint8_t byte) noexcept {
      constexpr std::string_view kDigits = "0123456789abcdef";
      add(kDigits.substr(byte >> 4, 1));
      add(kDigits.substr(byte & 15, 1));
    }
    /// "12.000000345"
    void add_seconds(Nanoseconds time) noexcept {
      constexpr Nanoseconds kSecond = 1'000'000'000;
      std::array<char, 24> digits;
      const Nanoseconds positive = std::max<Nanoseconds>(time, 0);
      add({digits.data(), std::to_chars(digits.begin(), digits.end(), positive / kSecond).ptr});
      // A one in front keeps the leading zeros of the fraction; the point takes its place.
      const char* end = std::to_chars(digits.begin(), digits.end(), kSecond + positive % kSecond).ptr;
      digits[0] = '.';
      add({digits.data(), end});
    }
  };

  bool allowed(Nanoseconds now) noexcept {
    if (limit_ != 0 && printed_.value() >= limit_) return false;
    return per_second_ == 0 || bucket_.take(1, now);
  }

  void print(const Packet& packet, Outputs& outputs) noexcept {
    Line line;
    if (time_) {
      line.add_seconds(packet.timestamp);
      line.add(" ");
    }
    if (!label_.empty()) {
      line.add(label_);
      line.add(": ");
    }
    const std::span<const std::uint8_t> frame = bytes_of(packet);
    line.length += describe_frame(line.rest(), frame, packet.wire_length());
    if (bytes_ != 0) line.add(" |");
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes_, frame.size()); ++i) {
      if (i % 2 == 0) line.add(" ");
      line.add_hex(frame[i]);
    }
    outputs.print({line.text.data(), line.length});
    ++printed_;
  }

  std::string label_;
  std::uint64_t limit_ = 0;
  std::uint32_t per_second_ = 1000;
  std::uint32_t every_ = 1;
  std::uint32_t bytes_ = 0;
  bool time_ = false;

  std::uint32_t until_next_ = 0;
  TokenBucket bucket_;
  Counter printed_;
  Counter suppressed_;
};

IXYFLOW_ELEMENT(Print);

}  // namespace ixyflow::elements
