#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "tools/ixgbe-model/wire/wire.hpp"

namespace ixyflow::model {

/// The words behind the colon of a wire's text: what stands alone, in order, and "key=value" pairs.
struct WireOptions {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> values;

  static WireOptions parse(std::string_view text);
};

/// What passes through the captures of a model: `given` to its devices and `taken` from them. A capture that
/// is played with a window knows by it how much is under way.
struct Traffic {
  std::uint64_t given = 0;
  std::uint64_t taken = 0;
};

/// One kind of wire, as the user sees it.
struct WireKind {
  std::string_view name;
  std::string_view form;  ///< "pcap:[IN][,OUT]..."
  std::string_view help;  ///< one sentence
  /// Null: made by the model.
  Result<std::unique_ptr<Wire>> (*make)(const WireOptions& options, Traffic& traffic) = nullptr;
};

/// All kinds, in the order of the help.
std::vector<WireKind> wire_kinds();

/// The wire that `text` describes: "pcap:in.pcap,out.pcap", "none". Not for "pair", which needs two devices.
/// Errors: usage (the text; with what is allowed), or those of the wire. `traffic` outlives the
/// wire.
Result<std::unique_ptr<Wire>> make_wire(std::string_view text, Traffic& traffic);

/// Two ends of one cable.
std::pair<std::unique_ptr<Wire>, std::unique_ptr<Wire>> make_pair_wires();

// One file each.
Result<std::unique_ptr<Wire>> make_none_wire(const WireOptions& options, Traffic& traffic);
Result<std::unique_ptr<Wire>> make_loop_wire(const WireOptions& options, Traffic& traffic);
Result<std::unique_ptr<Wire>> make_flood_wire(const WireOptions& options, Traffic& traffic);
Result<std::unique_ptr<Wire>> make_pcap_wire(const WireOptions& options, Traffic& traffic);
Result<std::unique_ptr<Wire>> make_tap_wire(const WireOptions& options, Traffic& traffic);
Result<std::unique_ptr<Wire>> make_unix_wire(const WireOptions& options, Traffic& traffic);

// What they share.

/// Error (usage): the wire `name` takes neither word nor value.
Result<void> want_nothing(const WireOptions& options, std::string_view name);
/// The number that `text` is. Error (usage), naming `what`: it is none, or not from `least` to `most`.
Result<std::uint64_t> wire_number(std::string_view what, std::string_view text, std::uint64_t least,
                                  std::uint64_t most);
/// Error (usage): the wire `name` has no option `key`; with those that it has.
std::unexpected<Error> unknown_wire_option(std::string_view name, std::string_view key,
                                           const std::vector<std::string>& known);

}  // namespace ixyflow::model
