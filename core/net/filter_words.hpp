#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace ixyflow {

/// The first word of a libpcap expression that libpcap could look up as the name of a host or network; empty
/// when there is none. Service names behind `port` and protocol names behind `proto` are fine, as they stand
/// in files.
[[nodiscard]] std::string_view first_host_name(std::string_view expression);

/// Refuses an expression with such a word: to look it up blocks on the network, and gives another program on
/// another machine. Error: configuration.
Result<void> refuse_host_names(std::string_view expression);

/// Gives `word` every word that pcap-filter(7) gives a meaning to, one at a time.
void each_filter_word(const std::function<void(std::string_view)>& word);

/// Whether the expression itself speaks of VLAN tags, by libpcap's keyword `vlan`.
[[nodiscard]] bool speaks_of_vlan(std::string_view expression) noexcept;

}  // namespace ixyflow
