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

/// Refuses an expression with such a word, because to look it up blocks on the network and gives another
/// program on another machine, and one with a word that asks what only a kernel knows that captured the
/// packet. Error: configuration.
Result<void> refuse_words(std::string_view expression);

/// Whether libpcap's scanner gives the word a meaning.
[[nodiscard]] bool is_filter_keyword(std::string_view word) noexcept;

/// Gives `word` every word that libpcap gives a meaning to, one at a time.
void each_filter_word(const std::function<void(std::string_view)>& word);

/// Whether the expression means the frame as it is, tags and all: it says `vlan`, or it loads bytes of the
/// link layer by number, as in "ether[12:2]" and "byte 12", that lie behind the MAC addresses.
[[nodiscard]] bool speaks_of_tags(std::string_view expression) noexcept;

}  // namespace ixyflow
