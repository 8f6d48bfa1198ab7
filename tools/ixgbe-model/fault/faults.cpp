#include "tools/ixgbe-model/fault/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "core/base/diagnostics.hpp"
#include "tools/ixgbe-model/fault/fault_words.hpp"

namespace ixyflow::model {

namespace {

QueueBank& rx_bank(Parts& parts) {
  return parts.receive.queues();
}
QueueBank& tx_bank(Parts& parts) {
  return parts.transmit.queues();
}

}  // namespace

template <bool FaultSwitches::*member>
Result<void> Faults::flag(const Words& words) {
  return with(on_or_off(words[0]), [this](bool on) { parts_.faults.*member = on; });
}

template <FaultSwitches::Next FaultSwitches::*member>
Result<void> Faults::next(const Words& words) {
  return with(how_many(words[0]), [this](std::uint32_t count) { (parts_.faults.*member).left = count; });
}

template <QueueBank& (*bank)(Parts&)>
Result<void> Faults::enable_stuck(const Words& words) {
  return with(on_or_off(words[0]), [this](bool on) { bank(parts_).hold_enable(on); });
}

/// A fault as it is written: its name, its arguments, the line of the fault catalogue that it serves, what it
/// does.
struct Faults::Form {
  std::string_view name;
  std::string_view arguments;
  std::string_view line;
  std::string_view does;
  std::size_t words;  ///< how many arguments; 0: one or more
  Result<void> (Faults::*inject)(const Words& words);
};

const Faults::Form Faults::kForms[] = {
    {"link", "down|up|false-up MS|flap TIMES PER_SECOND", "G4",
     "pulls or plugs the fibre; shows a link for MS that is none; changes it TIMES times to and fro", 0,
     &Faults::link},
    {"eeprom", "good|bad-checksum|bad-mac", "G1", "spoils the checksum, or makes the address all ones", 1,
     &Faults::eeprom},
    {"reset-stuck", "on|off", "G2", "CTRL.RST never clears", 1,
     &Faults::flag<&FaultSwitches::reset_never_ends>},
    {"autoread-stuck", "on|off", "G2", "EEC.AUTO_RD never sets", 1,
     &Faults::flag<&FaultSwitches::auto_read_never_ends>},
    {"dma-init-stuck", "on|off", "G2", "RDRXCTL.DMAIDONE never sets", 1,
     &Faults::flag<&FaultSwitches::dma_init_never_ends>},
    {"rx-enable-stuck", "on|off", "G2", "RXDCTL.ENABLE never sets", 1, &Faults::enable_stuck<rx_bank>},
    {"tx-enable-stuck", "on|off", "G2", "TXDCTL.ENABLE never sets", 1, &Faults::enable_stuck<tx_bank>},
    {"gone", "on|off|once|after ACCESSES", "G3",
     "registers read 0xffffffff and take nothing, as without a card", 0, &Faults::gone},
    {"tx-hang", "on|off", "G5", "nothing is sent, TDH stands still", 1,
     &Faults::flag<&FaultSwitches::tx_hang>},
    {"pause", "MS", "G5", "PAUSE frames come for so long", 1, &Faults::pause},
    {"rx-length", "BYTES COUNT", "G6", "descriptors say that length", 2, &Faults::rx_length},
    {"rx-no-eop", "COUNT", "G6", "descriptors are not the last of a frame", 1,
     &Faults::next<&FaultSwitches::rx_no_end>},
    {"rx-error", "ce|le|pe|ose|use|ipe|l4e[,...] COUNT", "G7", "descriptors have those error bits", 2,
     &Faults::rx_error},
    {"rx-zero-udp", "on|off", "G7", "UDP without a checksum is reported as wrong", 1,
     &Faults::flag<&FaultSwitches::rx_zero_udp>},
    {"rx-reorder", "COUNT", "G8", "descriptors are done 1 ms later than those behind them", 1,
     &Faults::next<&FaultSwitches::rx_reorder>},
    {"rx-repeat", "COUNT", "G8", "descriptors are done once more, 1 ms later", 1,
     &Faults::next<&FaultSwitches::rx_repeat>},
    {"tdh-ahead", "on|off", "G8", "TDH is 8 descriptors too far", 1, &Faults::head_ahead},
    {"head-nonsense", "on|off", "G8", "head write-back writes 0xfffffff0", 1,
     &Faults::flag<&FaultSwitches::head_nonsense>},
    {"counters", "VALUE [wrap]", "G10", "presets all counters; with wrap they run over instead of sticking",
     0, &Faults::counters},
    {"late-write", "on|off", "G11", "a receive queue's next buffer is written 100 ms after it was disabled",
     1, &Faults::flag<&FaultSwitches::late_write>},
    {"interrupts", "normal|silent|storm", "G13", "none is ever raised; all enabled ones, at every poll", 1,
     &Faults::interrupts},
    {"runts", "on|off", "G7", "frames of less than 60 bytes come as they are instead of padded", 1,
     &Faults::flag<&FaultSwitches::runts>},
};

std::string_view Faults::help() noexcept {
  static const std::string text = [] {
    std::string lines;
    for (const Form& form : kForms)
      lines += fmt::format("  {:<58} {:<4} {}\n", fmt::format("{} {}", form.name, form.arguments), form.line,
                           form.does);
    return lines + "  COUNT: once, a number of descriptors, on or off\n";
  }();
  return text;
}

Faults::Words Faults::split(std::string_view text) {
  Words words;
  for (std::size_t at = text.find_first_not_of(' '); at < text.size(); at = text.find_first_not_of(' ', at)) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::unexpected<Error> Faults::no_such_fault(std::string_view word) {
  std::vector<std::string> names;
  for (const Form& form : kForms) names.emplace_back(form.name);
  std::string hint = did_you_mean(word, names);
  if (hint.empty()) hint = fmt::format("there are {}", fmt::join(names, ", "));
  return fail(ExitCode::usage, fmt::format("there is no fault '{}'; {}", printable(word, 40), hint));
}

Result<void> Faults::inject(std::string_view text) {
  Words words = split(text);
  if (words.empty()) return no_such_fault("");
  const Form* const form = std::ranges::find(kForms, words.front(), &Form::name);
  if (form == std::end(kForms)) return no_such_fault(words.front());
  words.erase(words.begin());
  const bool fits = form->words == 0 ? !words.empty() : words.size() == form->words;
  auto done = fits ? (this->*form->inject)(words) : fail(ExitCode::usage, "too few or too many words");
  if (!done) done.error().text += fmt::format("; the form is '{} {}'", form->name, form->arguments);
  return done;
}

void Faults::poll(Nanoseconds now) noexcept {
  now_ = now;
  if (parts_.faults.gone) return;
  if (flaps_left_ != 0) poll_flap();
  if (pause_until_ != 0) poll_pause();
}

}  // namespace ixyflow::model
