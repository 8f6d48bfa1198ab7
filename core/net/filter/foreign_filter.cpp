#include "core/net/filter/foreign_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/diagnostics.hpp"

namespace ixyflow {
namespace {

struct WiresharkField {
  std::string_view name;
  std::string_view primitive;  ///< of tcpdump, before the value
};

constexpr std::array kWiresharkFields = std::to_array<WiresharkField>({
    {"tcp.port", "tcp port"},
    {"tcp.srcport", "tcp src port"},
    {"tcp.dstport", "tcp dst port"},
    {"udp.port", "udp port"},
    {"udp.srcport", "udp src port"},
    {"udp.dstport", "udp dst port"},
    {"ip.addr", "host"},
    {"ip.host", "host"},
    {"ip.src", "src host"},
    {"ip.dst", "dst host"},
    {"ip.src_host", "src host"},
    {"ip.dst_host", "dst host"},
    {"ipv6.addr", "ip6 host"},
    {"ipv6.src", "ip6 src host"},
    {"ipv6.dst", "ip6 dst host"},
    {"eth.addr", "ether host"},
    {"eth.src", "ether src"},
    {"eth.dst", "ether dst"},
    {"eth.type", "ether proto"},
    {"ip.proto", "ip proto"},
    {"ipv6.nxt", "ip6 proto"},
    {"vlan.id", "vlan"},
    {"ip.ttl", "ip[8] ="},
    {"icmp.type", "icmp[icmptype] ="},
    {"arp.opcode", "arp[6:2] ="},
});

/// Names that stand for themselves.
constexpr std::array kWiresharkProtocols = std::to_array<WiresharkField>({
    {"http", "tcp port 80"},
    {"tls", "tcp port 443"},
    {"ssl", "tcp port 443"},
    {"dns", "port 53"},
    {"dhcp", "udp port 67 or udp port 68"},
    {"bootp", "udp port 67 or udp port 68"},
    {"ntp", "udp port 123"},
    {"ssh", "tcp port 22"},
    {"icmpv6", "icmp6"},
    {"ipv6", "ip6"},
    {"tcp.flags.syn", "tcp[tcpflags] & tcp-syn != 0"},
    {"tcp.flags.fin", "tcp[tcpflags] & tcp-fin != 0"},
    {"tcp.flags.reset", "tcp[tcpflags] & tcp-rst != 0"},
});

/// First parts of Wireshark's fields.
constexpr std::array<std::string_view, 20> kWiresharkPrefixes = {
    "tcp.", "udp.",  "ip.",   "ipv6.", "eth.", "vlan.", "frame.", "icmp.", "icmpv6.", "arp.",
    "dns.", "http.", "sctp.", "tls.",  "ssl.", "dhcp.", "bootp.", "mpls.", "data.",   "gre."};

constexpr std::string_view primitive_for(const auto& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &WiresharkField::name);
  return found == table.end() ? std::string_view() : found->primitive;
}

bool is_wireshark_field(std::string_view word) {
  return std::ranges::any_of(kWiresharkPrefixes, [&](std::string_view prefix) {
    return word.starts_with(prefix) && word.size() > prefix.size() && word[prefix.size()] >= 'a' &&
           word[prefix.size()] <= 'z';
  });
}

/// Words, numbers and operators.
std::vector<std::string_view> wireshark_tokens(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  constexpr std::string_view kOperator = "=!<>&|()~";
  std::vector<std::string_view> tokens;
  while (true) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return tokens;
    text.remove_prefix(first);
    std::size_t size = 1;
    if (kOperator.find(text[0]) == std::string_view::npos)
      size = std::min(text.find_first_of(" \t\r\n=!<>&|()~"), text.size());
    else if (text.size() > 1 && (text[1] == '=' || (text[1] == text[0] && text[0] != '(' && text[0] != ')')))
      size = 2;
    tokens.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

/// Writes a filter of Wireshark as tcpdump has it.
class WiresharkTranslator {
 public:
  explicit WiresharkTranslator(std::vector<std::string_view> tokens) : tokens_(std::move(tokens)) {}

  /// Nothing when a part of it is not known here.
  std::optional<std::string> translate() {
    while (at_ < tokens_.size())
      if (!comparison() && !operation()) return std::nullopt;
    return text_;
  }

 private:
  [[nodiscard]] std::string_view token(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : std::string_view();
  }

  void add(std::string_view part) {
    if (!text_.empty() && text_.back() != '(' && part != ")") text_ += ' ';
    text_ += part;
  }

  bool take(std::size_t tokens, std::string_view part) {
    add(part);
    at_ += tokens;
    return true;
  }

  bool comparison() {
    if (const auto alone = primitive_for(kWiresharkProtocols, token()); !alone.empty())
      return take(token(1) == "==" && token(2) == "1" ? 3 : 1, alone);
    const std::string_view sign = token(1);
    const std::string value(token(2));
    if (value.empty()) return false;
    if (token() == "frame.len") {
      if (sign == ">=" || sign == ">") return take(3, (sign == ">" ? "len > " : "greater ") + value);
      if (sign == "<=" || sign == "<") return take(3, (sign == "<" ? "len < " : "less ") + value);
    }
    const std::string_view primitive = primitive_for(kWiresharkFields, token());
    if (primitive.empty()) return false;
    // An address with a length is a network.
    const bool network = value.find('/') != std::string::npos && primitive.ends_with("host");
    std::string part(primitive.substr(0, primitive.size() - (network ? 4 : 0)));
    part += (network ? "net " : " ") + value;
    if (sign == "==" || sign == "eq") return take(3, part);
    if (sign == "!=" || sign == "ne") return take(3, "not " + part);
    return false;
  }

  bool operation() {
    constexpr auto kOperations =
        std::to_array<std::pair<std::string_view, std::string_view>>({{"&&", "and"},
                                                                      {"||", "or"},
                                                                      {"!", "not"},
                                                                      {"(", "("},
                                                                      {")", ")"},
                                                                      {"and", "and"},
                                                                      {"or", "or"},
                                                                      {"not", "not"},
                                                                      {"tcp", "tcp"},
                                                                      {"udp", "udp"},
                                                                      {"ip", "ip"},
                                                                      {"arp", "arp"},
                                                                      {"icmp", "icmp"}});
    for (const auto& [theirs, ours] : kOperations)
      if (token() == theirs) return take(1, ours);
    return false;
  }

  std::vector<std::string_view> tokens_;
  std::size_t at_ = 0;
  std::string text_;
};

}  // namespace

std::string foreign_filter_hint(std::string_view expression) {
  constexpr std::size_t kLongest = 400;
  if (expression.size() > kLongest) return "";
  const std::vector<std::string_view> tokens = wireshark_tokens(expression);
  const bool fields = std::ranges::any_of(tokens, is_wireshark_field);
  const bool protocols = std::ranges::any_of(
      tokens, [](std::string_view token) { return !primitive_for(kWiresharkProtocols, token).empty(); });
  if (!fields && !protocols) return "";
  if (const auto translated = WiresharkTranslator(tokens).translate())
    return "that is Wireshark's language; as tcpdump writes it: " + printable(*translated);
  // The names of protocols are tcpdump's as well, behind `port`.
  if (!fields) return "";
  return "that is Wireshark's language, and a filter is written in tcpdump's: \"tcp port 443\", "
         "\"src host 192.0.2.1\"";
}

}  // namespace ixyflow
