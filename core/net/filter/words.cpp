#include "core/net/filter/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/net/filter/foreign_filter.hpp"
#include "core/net/filter/scanner.hpp"

namespace ixyflow {
namespace {

using std::operator""sv;

/// Words behind which names are looked up in files (services, protocols), not on the network.
constexpr std::array kNumberTypes = {"port"sv, "portrange"sv, "proto"sv, "protochain"sv};
/// Words that leave the type of the names behind them as it is: in "port http or https" both are ports.
constexpr std::array kJoints = {"and"sv, "or"sv, "not"sv};
/// Words behind which one word stands that is never looked up: the kind of an LLC frame, of an 802.11 frame,
/// a packet filter's interface, rule set, reason or action.
constexpr std::array kTakesWord = {"llc"sv,    "type"sv, "subtype"sv, "dir"sv,    "direction"sv, "on"sv,
                                   "ifname"sv, "rset"sv, "ruleset"sv, "reason"sv, "action"sv};
/// Words that ask the kernel about a packet that it captured.
constexpr std::array kOfTheKernel = {"inbound"sv, "outbound"sv, "ifindex"sv};
/// Names of the link layer, whose bytes are those of the frame as it is.
constexpr std::array kLinkLayer = {"link"sv, "ether"sv, "ppp"sv, "slip"sv, "fddi"sv, "tr"sv, "wlan"sv};

/// All other words that libpcap's scanner gives a meaning to. Some of them have one on other link layers
/// only: libpcap says so itself.
constexpr std::array kKeywords = {
    "link"sv, "ether"sv, "ppp"sv, "slip"sv, "fddi"sv, "tr"sv, "wlan"sv, "dst"sv, "src"sv, "arp"sv, "rarp"sv,
    "ip"sv, "sctp"sv, "tcp"sv, "udp"sv, "icmp"sv, "igmp"sv, "igrp"sv, "pim"sv, "vrrp"sv, "carp"sv, "radio"sv,
    "ip6"sv, "icmp6"sv, "ah"sv, "esp"sv, "atalk"sv, "aarp"sv, "decnet"sv, "lat"sv, "sca"sv, "moprc"sv,
    "mopdl"sv, "iso"sv, "esis"sv, "es-is"sv, "isis"sv, "is-is"sv, "l1"sv, "l2"sv, "iih"sv, "lsp"sv, "snp"sv,
    "csnp"sv, "psnp"sv, "clnp"sv, "stp"sv, "ipx"sv, "netbeui"sv, "host"sv, "net"sv, "mask"sv, "gateway"sv,
    "less"sv, "greater"sv, "byte"sv, "broadcast"sv, "multicast"sv, "len"sv, "length"sv, "vlan"sv, "mpls"sv,
    "pppoed"sv, "pppoes"sv, "geneve"sv, "llc"sv, "inbound"sv, "outbound"sv, "ifindex"sv,
    // IEEE 802.11.
    "type"sv, "subtype"sv, "dir"sv, "direction"sv, "addr1"sv, "address1"sv, "addr2"sv, "address2"sv,
    "addr3"sv, "address3"sv, "addr4"sv, "address4"sv, "ra"sv, "ta"sv,
    // ATM.
    "lane"sv, "metac"sv, "bcc"sv, "oam"sv, "oamf4"sv, "oamf4ec"sv, "oamf4sc"sv, "sc"sv, "ilmic"sv, "vpi"sv,
    "vci"sv, "connectmsg"sv, "metaconnect"sv,
    // OpenBSD's packet filter.
    "on"sv, "ifname"sv, "rset"sv, "ruleset"sv, "rnr"sv, "rulenum"sv, "srnr"sv, "subrulenum"sv, "reason"sv,
    "action"sv,
    // Signalling System 7.
    "fisu"sv, "lssu"sv, "lsu"sv, "msu"sv, "hfisu"sv, "hlssu"sv, "hmsu"sv, "sio"sv, "opc"sv, "dpc"sv, "sls"sv,
    "hsio"sv, "hopc"sv, "hdpc"sv, "hsls"sv,
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

/// Follows what libpcap's grammar takes a name for: each inherits the type of what stands before it, and what
/// stands behind a closing parenthesis that of what stands before the opening one.
class NameTypes {
 public:
  /// Whether libpcap would look this token up on the network.
  bool is_host_name(const FilterToken& token) {
    const bool expected = std::exchange(word_expected_, false);
    switch (token.kind) {
      case FilterTokenKind::symbol:
        follow_parenthesis(token.text);
        return false;
      case FilterTokenKind::escaped:
        return !is_number_;
      case FilterTokenKind::word:
        break;
      default:
        return false;
    }
    if (!is_filter_keyword(token.text)) return !expected && !is_number_;
    word_expected_ = contains(kTakesWord, token.text);
    if (!contains(kJoints, token.text)) is_number_ = contains(kNumberTypes, token.text);
    return false;
  }

 private:
  void follow_parenthesis(std::string_view symbol) {
    if (symbol == "(") {
      outside_.push_back(is_number_);
    } else if (symbol == ")" && !outside_.empty()) {
      is_number_ = outside_.back();
      outside_.pop_back();
    }
  }

  bool is_number_ = false;      ///< names are ports or protocols
  bool word_expected_ = false;  ///< the next one is none at all
  std::vector<bool> outside_;   ///< is_number_ in front of each parenthesis that is open
};

Error no_word(std::string_view word) {
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

Error of_the_kernel(std::string_view word) {
  return {ExitCode::configuration,
          fmt::format(
              "'{}' asks the kernel that captured a packet, and no packet here came from it: tell packets "
              "apart by the port that they came in at",
              word)};
}

/// Whether an index that starts here, behind "ether[", reaches beyond the MAC addresses, or may do so.
bool reaches_beyond_addresses(FilterScanner scanner) noexcept {
  constexpr std::uint64_t kAddresses = 12;
  const FilterToken first = scanner.next();
  const FilterToken next = scanner.next();
  if (first.kind != FilterTokenKind::number) return true;
  if (next.text == "]") return filter_number(first.text) >= kAddresses;
  const FilterToken size = scanner.next();
  return next.text != ":" || size.kind != FilterTokenKind::number ||
         std::uint64_t{filter_number(first.text)} + filter_number(size.text) > kAddresses;
}

}  // namespace

void each_filter_word(const std::function<void(std::string_view)>& word) {
  for (const auto& list :
       {std::span<const std::string_view>(kKeywords), std::span<const std::string_view>(kNumberTypes),
        std::span<const std::string_view>(kJoints)})
    for (const std::string_view known : list) word(known);
}

bool is_filter_keyword(std::string_view word) noexcept {
  return contains(kKeywords, word) || contains(kNumberTypes, word) || contains(kJoints, word);
}

std::string_view first_host_name(std::string_view expression) {
  NameTypes types;
  FilterScanner scanner(expression);
  for (FilterToken token = scanner.next(); token.kind != FilterTokenKind::end; token = scanner.next())
    if (types.is_host_name(token)) return token.text;
  return {};
}

Result<void> refuse_words(std::string_view expression) {
  const std::string_view name = first_host_name(expression);
  if (!name.empty()) {
    std::string foreign = foreign_filter_hint(expression);
    return std::unexpected(foreign.empty() ? no_word(name)
                                           : Error{ExitCode::configuration, std::move(foreign)});
  }
  FilterScanner scanner(expression);
  for (FilterToken token = scanner.next(); token.kind != FilterTokenKind::end; token = scanner.next())
    if (contains(kOfTheKernel, token.text)) return std::unexpected(of_the_kernel(token.text));
  return {};
}

bool speaks_of_tags(std::string_view expression) noexcept {
  FilterScanner scanner(expression);
  FilterToken before;
  for (FilterToken token = scanner.next(); token.kind != FilterTokenKind::end;
       before = std::exchange(token, scanner.next())) {
    if (token.text == "vlan") return true;
    if (token.text == "[" && contains(kLinkLayer, before.text) && reaches_beyond_addresses(scanner))
      return true;
    constexpr std::uint32_t kAddresses = 12;
    if (before.text == "byte" && filter_number(token.text) >= kAddresses) return true;
  }
  return false;
}

}  // namespace ixyflow
