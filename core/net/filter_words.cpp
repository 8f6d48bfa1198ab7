#include "core/net/filter_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/net/addresses.hpp"
#include "core/net/foreign_filter.hpp"

namespace ixyflow {
namespace {

using std::operator""sv;

/// Words behind which names are looked up in files (services, protocols), not on the network.
constexpr std::array kNumberTypes = {"port"sv, "portrange"sv, "proto"sv, "protochain"sv};
/// Words that leave the type of the names behind them as it is: in "port http or https" both are ports.
constexpr std::array kJoints = {"and"sv, "or"sv, "not"sv};

/// What else pcap-filter(7) gives a meaning to on Ethernet.
constexpr std::array kKeywords = {
    "aarp"sv, "ah"sv, "arp"sv, "atalk"sv, "broadcast"sv, "byte"sv, "carp"sv, "clnp"sv, "csnp"sv, "decnet"sv,
    "dst"sv, "es-is"sv, "esis"sv, "esp"sv, "ether"sv, "fddi"sv, "gateway"sv, "geneve"sv, "greater"sv,
    "host"sv, "icmp"sv, "icmp6"sv, "ifindex"sv, "igmp"sv, "igrp"sv, "iih"sv, "inbound"sv, "ip"sv, "ip6"sv,
    "ipx"sv, "is-is"sv, "isis"sv, "iso"sv, "l1"sv, "l2"sv, "lat"sv, "len"sv, "length"sv, "less"sv, "link"sv,
    "llc"sv, "lsp"sv, "mask"sv, "mopdl"sv, "moprc"sv, "mpls"sv, "multicast"sv, "net"sv, "netbeui"sv,
    "outbound"sv, "pim"sv, "ppp"sv, "pppoed"sv, "pppoes"sv, "psnp"sv, "radio"sv, "rarp"sv, "sca"sv, "sctp"sv,
    "slip"sv, "snp"sv, "src"sv, "stp"sv, "tcp"sv, "tr"sv, "udp"sv, "vlan"sv, "vrrp"sv, "wlan"sv,
    // Offsets and values of header fields.
    "icmptype"sv, "icmpcode"sv, "icmp-echoreply"sv, "icmp-unreach"sv, "icmp-sourcequench"sv,
    "icmp-redirect"sv, "icmp-echo"sv, "icmp-routeradvert"sv, "icmp-routersolicit"sv, "icmp-timxceed"sv,
    "icmp-paramprob"sv, "icmp-tstamp"sv, "icmp-tstampreply"sv, "icmp-ireq"sv, "icmp-ireqreply"sv,
    "icmp-maskreq"sv, "icmp-maskreply"sv, "icmp6type"sv, "icmp6code"sv, "icmp6-echo"sv, "icmp6-echoreply"sv,
    "icmp6-multicastlistenerquery"sv, "icmp6-multicastlistenerreportv1"sv, "icmp6-multicastlistenerdone"sv,
    "icmp6-routersolicit"sv, "icmp6-routeradvert"sv, "icmp6-neighborsolicit"sv, "icmp6-neighboradvert"sv,
    "icmp6-redirect"sv, "icmp6-routerrenum"sv, "icmp6-nodeinformationquery"sv,
    "icmp6-nodeinformationresponse"sv, "icmp6-ineighbordiscoverysolicit"sv,
    "icmp6-ineighbordiscoveryadvert"sv, "icmp6-multicastlistenerreportv2"sv,
    "icmp6-homeagentdiscoveryrequest"sv, "icmp6-homeagentdiscoveryreply"sv, "icmp6-mobileprefixsolicit"sv,
    "icmp6-mobileprefixadvert"sv, "icmp6-certpathsolicit"sv, "icmp6-certpathadvert"sv,
    "icmp6-multicastrouteradvert"sv, "icmp6-multicastroutersolicit"sv, "icmp6-multicastrouterterm"sv,
    "icmp6-parameterproblem"sv, "icmp6-destinationunreach"sv, "icmp6-packettoobig"sv, "icmp6-timeexceeded"sv,
    "tcpflags"sv, "tcp-fin"sv, "tcp-syn"sv, "tcp-rst"sv, "tcp-push"sv, "tcp-ack"sv, "tcp-urg"sv, "tcp-ece"sv,
    "tcp-cwr"sv};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
  return std::ranges::find(words, word) != words.end();
}

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

bool made_of(std::string_view text, std::string_view characters) noexcept {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

/// Whether `text` is `least` to `most` pieces between `separator`s, each of 1 to `digits` of `characters`.
bool pieces(std::string_view text, char separator, std::size_t least, std::size_t most,
            std::string_view characters, std::size_t digits) noexcept {
  std::size_t count = 1;
  for (;; ++count) {
    const std::size_t end = text.find(separator);
    const std::string_view piece = text.substr(0, end);
    if (piece.size() > digits || !made_of(piece, characters)) return false;
    if (end == std::string_view::npos) return count >= least && count <= most;
    text.remove_prefix(end + 1);
  }
}

bool is_number(std::string_view text) noexcept {
  return made_of(text, kDigits) || (text.starts_with("0x") && made_of(text.substr(2), kHexDigits));
}

/// The inside of "tcp[13:2]".
bool is_slice(std::string_view text) noexcept {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && is_number(text.substr(0, colon)) &&
         is_number(text.substr(colon + 1));
}

/// Numbers, slices and addresses, which libpcap's scanner takes for what they are.
bool is_literal(std::string_view word) {
  constexpr std::size_t kAny = 20;
  return is_number(word) || is_slice(word) || pieces(word, '.', 2, 4, kDigits, kAny) ||
         pieces(word, ':', 6, 6, kHexDigits, 2) || pieces(word, '-', 6, 6, kHexDigits, 2) ||
         pieces(word, '.', 6, 6, kHexDigits, 2) || pieces(word, '.', 3, 3, kHexDigits, 4) ||
         (word.size() == 12 && made_of(word, kHexDigits)) || parse_ipv6_address(word).has_value();
}

/// Walks over the words of an expression as libpcap's scanner cuts them, or in larger pieces.
class Words {
 public:
  explicit Words(std::string_view expression) noexcept : rest_(expression) {}

  /// The next word, or an empty one at the end. An escaped one ("\tcp") keeps its backslash.
  std::string_view next() noexcept {
    constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-";
    const std::size_t start = std::min(rest_.find_first_of(kWord), rest_.find('\\'));
    rest_.remove_prefix(std::min(start, rest_.size()));
    const bool escaped = rest_.starts_with('\\');
    const std::size_t end = escaped ? rest_.find_first_of(" !()\n\t\r") : rest_.find_first_not_of(kWord);
    std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(word.size());
    // A minus or a lone colon at an end is an operator; a word of nothing else is skipped.
    while (word.starts_with('-') || (word.starts_with(':') && !word.starts_with("::"))) word.remove_prefix(1);
    while (word.ends_with('-') || (word.ends_with(':') && !word.ends_with("::"))) word.remove_suffix(1);
    return word.empty() && !rest_.empty() ? next() : word;
  }

 private:
  std::string_view rest_;
};

Error refusal(std::string_view word) {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> words;
    each_filter_word([&words](std::string_view other) { words.emplace_back(other); });
    return words;
  }();
  const std::string nearest = did_you_mean(word, known);
  return {ExitCode::configuration,
          fmt::format("'{}' is no word of a filter expression, and names of hosts are not looked up: {}",
                      printable(word, 60), nearest.empty() ? "write the address" : nearest)};
}

}  // namespace

void each_filter_word(const std::function<void(std::string_view)>& word) {
  for (const auto& list :
       {std::span<const std::string_view>(kKeywords), std::span<const std::string_view>(kNumberTypes),
        std::span<const std::string_view>(kJoints)})
    for (const std::string_view known : list) word(known);
}

std::string_view first_host_name(std::string_view expression) {
  bool behind_number_type = false;
  Words words(expression);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    if (contains(kNumberTypes, word)) {
      behind_number_type = true;
    } else if (contains(kKeywords, word)) {
      behind_number_type = false;
    } else if (!behind_number_type && !contains(kJoints, word) && !is_literal(word)) {
      return word;
    }
  }
  return {};
}

Result<void> refuse_host_names(std::string_view expression) {
  const std::string_view name = first_host_name(expression);
  if (name.empty()) return {};
  std::string foreign = foreign_filter_hint(expression);
  return std::unexpected(foreign.empty() ? refusal(name)
                                         : Error{ExitCode::configuration, std::move(foreign)});
}

bool speaks_of_vlan(std::string_view expression) noexcept {
  Words words(expression);
  for (std::string_view word = words.next(); !word.empty(); word = words.next())
    if (word == "vlan") return true;
  return false;
}

}  // namespace ixyflow
