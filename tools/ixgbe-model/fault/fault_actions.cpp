#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/diagnostics.hpp"
#include "tools/ixgbe-model/fault/fault_words.hpp"
#include "tools/ixgbe-model/fault/faults.hpp"

/// What faults do that is more than a switch.
namespace ixyflow::model {

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr std::uint64_t kLongest = 1'000'000'000;  ///< of times and counts that people write
constexpr std::uint32_t kHeadAhead = 8;            ///< descriptors

/// Error bits of a receive descriptor with the status bits that belong to them. Names as drivers use them;
/// what the 82599's data sheet has is `use` (there: RXE, any error that the MAC found), `l4e` and `ipe`.
struct ErrorBit {
  std::string_view name;
  std::uint32_t bits;
};
constexpr std::array<ErrorBit, 7> kErrors{{{"ce", 1U << 24},
                                           {"le", 1U << 25},
                                           {"pe", 1U << 27},
                                           {"ose", 1U << 28},
                                           {"use", 1U << 29},
                                           {"l4e", 1U << 30 | 1U << 5},
                                           {"ipe", 1U << 31 | 1U << 6}}};

}  // namespace

Result<void> Faults::link(const Words& words) {
  if (words[0] == "flap") return flap(words);
  if (words[0] == "false-up" && words.size() == 2)
    return with(number(words[1], kLongest), [this](std::uint64_t ms) {
      parts_.link.pretend(true, now_ + static_cast<Nanoseconds>(ms) * kMillisecond);
    });
  if (words.size() != 1 || (words[0] != "up" && words[0] != "down")) return not_understood(words[0]);
  flaps_left_ = 0;
  parts_.link.plug(words[0] == "up");
  return {};
}

Result<void> Faults::flap(const Words& words) {
  if (words.size() != 3) return fail(ExitCode::usage, "wrong number of words");
  const auto times = number(words[1], kLongest);
  if (!times) return std::unexpected(times.error());
  const auto rate = number(words[2], kLongest);
  if (!rate) return std::unexpected(rate.error());
  if (*rate == 0) return fail(ExitCode::usage, "a rate is more than 0");
  flaps_left_ = 2 * *times;
  flap_period_ = kSecond / 2 / static_cast<Nanoseconds>(*rate);
  next_flap_ = now_;
  return {};
}

// Shown as it is, without the time that a link takes: that would swallow all but slow changes.
void Faults::poll_flap() noexcept {
  if (now_ < next_flap_) return;
  parts_.link.pretend(flaps_left_ % 2 != 0, now_ + flap_period_);
  --flaps_left_;
  next_flap_ = now_ + flap_period_;
}

Result<void> Faults::gone(const Words& words) {
  FaultSwitches& faults = parts_.faults;
  if (words[0] == "once" && words.size() == 1) {
    faults.gone_reads = 1;
    return {};
  }
  if (words[0] == "after" && words.size() == 2)
    return with(number(words[1], kLongest),
                [&faults](std::uint64_t accesses) { faults.gone_after = accesses + 1; });
  if (words.size() != 1) return not_understood(words[1]);
  return with(on_or_off(words[0]), [this, &faults](bool on) {
    const bool comes_back = faults.gone && !on;
    faults.gone = on;
    faults.gone_reads = 0;
    faults.gone_after = 0;
    if (comes_back) card_.reset();  // it is another card
  });
}

Result<void> Faults::eeprom(const Words& words) {
  if (words[0] != "good" && words[0] != "bad-checksum" && words[0] != "bad-mac")
    return not_understood(words[0]);
  parts_.eeprom.spoil_mac(words[0] == "bad-mac");
  parts_.eeprom.spoil_checksum(words[0] == "bad-checksum");
  parts_.control.show_checksum_error(words[0] == "bad-checksum");
  if (words[0] != "bad-checksum") parts_.receive.load_address(parts_.eeprom.mac());
  return {};
}

Result<void> Faults::pause(const Words& words) {
  return with(number(words[0], kLongest), [this](std::uint64_t ms) {
    pause_until_ = now_ + static_cast<Nanoseconds>(ms) * kMillisecond;
    next_pause_ = now_;
  });
}

// A real partner repeats its frames before their time is over, and ends the pause with one for no time.
void Faults::poll_pause() noexcept {
  if (now_ < next_pause_) return;
  const bool over = now_ >= pause_until_;
  constexpr std::uint16_t kAllQuanta = 0xFFFF;
  parts_.flow_control.take(FlowControl::pause_frame(over ? 0 : kAllQuanta));
  next_pause_ = std::min(now_ + kMillisecond, pause_until_);
  if (over) pause_until_ = 0;
}

Result<void> Faults::interrupts(const Words& words) {
  using enum InterruptUnit::Trouble;
  const auto trouble = words[0] == "normal" ? none : words[0] == "silent" ? silent : storm;
  if (trouble == storm && words[0] != "storm") return not_understood(words[0]);
  parts_.interrupts.trouble(trouble);
  return {};
}

Result<void> Faults::counters(const Words& words) {
  const auto value = number(words[0]);
  if (!value) return std::unexpected(value.error());
  if (words.size() > 2 || (words.size() == 2 && words[1] != "wrap")) return not_understood(words[1]);
  parts_.statistics.preset(*value);
  parts_.statistics.let_wrap(words.size() == 2);
  return {};
}

Result<void> Faults::rx_length(const Words& words) {
  constexpr std::uint64_t kMostBytes = 0xFFFF;
  const auto bytes = number(words[0], kMostBytes);
  if (!bytes) return std::unexpected(bytes.error());
  return with(how_many(words[1]), [this, &bytes](std::uint32_t count) {
    parts_.faults.rx_length = {.left = count, .value = static_cast<std::uint32_t>(*bytes)};
  });
}

Result<void> Faults::rx_error(const Words& words) {
  std::uint32_t bits = 0;
  for (std::string_view left = words[0]; !left.empty();) {
    const std::string_view name = left.substr(0, left.find(','));
    const auto* const known = std::ranges::find(kErrors, name, &ErrorBit::name);
    if (known == kErrors.end()) return not_understood(name);
    bits |= known->bits;
    left.remove_prefix(std::min(left.size(), name.size() + 1));
  }
  return with(how_many(words[1]), [this, bits](std::uint32_t count) {
    parts_.faults.rx_errors = {.left = count, .value = bits};
  });
}

Result<void> Faults::head_ahead(const Words& words) {
  return with(on_or_off(words[0]),
              [this](bool on) { parts_.transmit.queues().show_head_wrong_by(on ? kHeadAhead : 0); });
}

}  // namespace ixyflow::model
