#include "core/config/click_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ixyflow {
namespace {

constexpr std::array kClickNames = std::to_array<ClickNames>({
    {"FromDevice, FromDPDKDevice, FromDump", "FromDevice",
     "what it receives from is a port of the file, a capture as well as a card"},
    {"ToDevice, ToDPDKDevice, ToDump", "ToDevice",
     "what it transmits to is a port of the file, a capture as well as a card"},
    {"InfiniteSource, RatedSource, FastUDPSource", "FromDevice", "on a port with `driver = \"generator\"`"},
    {"Discard", "Discard", "counts what it drops as `discarded`"},
    {"Null", "Null", ""},
    {"AggregateCounter, AggregateIPFlows", "FlowCounter",
     "counts by flow (5-tuple); shows the largest ones: `ixyflow get flows.top`"},
    {"Counter, AverageCounter", "Counter",
     "every edge counts packets and bytes; the element gives a place a name. Rates: `--stats 1s`"},
    {"SetTimestamp", "SetTimestamp", "nanoseconds since the epoch, of the clock that is read once per round"},
    {"TimestampAccum, TimestampDiff", "Latency",
     "a histogram of how old packets are, with percentiles; Click has an average"},
    {"Print, IPPrint", "Print",
     "one line per packet as tcpdump has it; files wait for whoever reads them, of network cards they are "
     "limited in rate"},
    {"Classifier", "Classifier", "offsets from the Ethernet header; outputs can have names"},
    {"IPClassifier, IPFilter", "Filter",
     "libpcap expressions, one per element, outputs `out` and `other`; looks through VLAN tags"},
    {"HashSwitch", "HashSwitch", "by flow (both directions alike), not by bytes at an offset"},
    {"RoundRobinSwitch", "RoundRobinSwitch", ""},
    {"Paint", "Paint", ""},
    {"Switch", "Switch", "the output is the live parameter `output`"},
    {"RandomSample", "RandomDrop", "`probability` is that of a drop, and live; drops as `unlucky`"},
    {"PaintSwitch", "PaintSwitch", "a colour without an output is dropped as `no_output`"},
    {"Tee", "Tee", "copies; the packet itself leaves by the last output"},
    {"Queue", "Queue", "a source that can wait waits for room; gives out what it holds at the end of a run"},
    {"DelayUnqueue, DelayShaper", "Delay", "with a queue of its own; the delay is the live parameter `time`"},
    {"EtherMirror", "EtherMirror", ""},
    {"EtherRewrite, StoreEtherAddress", "EtherRewrite", "an address that is not given stays"},
    {"EtherEncap", "EtherEncap", ""},
    {"EtherSwitch", "EtherSwitch",
     "the table is a resource that copies on several cores share; static entries; ageing; a limit of what "
     "each port may fill; source check"},
    {"Strip, Unstrip", "Strip, Unstrip", "not needed before IP elements"},
    {"VLANEncap, VLANDecap", "VLANEncap, VLANDecap", "802.1ad and 0x9100 as well as 802.1Q"},
    {"CheckIPHeader, MarkIPHeader", "CheckIPHeader",
     "output `not_ip` for everything else, `bad` with a counter for each check; no bad sources unless given"},
    {"DecIPTTL", "DecIPTTL", "output `expired`"},
    {"StaticIPLookup, RadixIPLookup, DirectIPLookup, LinearIPLookup", "StaticIPLookup",
     "the table is a resource that elements share and that can be changed; outputs, no gateways; looks at "
     "the header, not at an annotation"},
    {"IPRewriter (static), StoreData, SetIPAddress, SetTOS…", "Rewrite",
     "named fields of Ethernet, VLAN, IP, TCP and UDP, checksums kept right incrementally"},
});

/// What Click or FastClick has and nothing here does, of what their configurations use most: with a blank on
/// both sides of each.
constexpr std::string_view kWithoutCounterpart =
    " "
    "ARPPrint ARPQuerier ARPResponder ARPTable AddressInfo AggregateFilter AggregateIP AggregateLength "
    "AggregatePaint BandwidthMeter BandwidthRatedSplitter BandwidthRatedUnqueue BandwidthShaper Block "
    "Burster CPUQueue ChangeUID CheckARPHeader CheckICMPHeader CheckIP6Header CheckLength CheckTCPHeader "
    "CheckUDPHeader CompareBlock ControlSocket DRRSched DecIP6HLIM DropBroadcasts DynamicUDPIPEncap "
    "EtherVLANEncap FastTCPFlows FastUDPFlows FixIPSrc FromHost FromIPSummaryDump FromSocket FromTap "
    "FromUserDevice FrontDropQueue GetIPAddress HostEtherFilter ICMP6Error ICMPError ICMPPingResponder "
    "ICMPPingRewriter ICMPPingSource ICMPRewriter ICMPSendPings IP6NDAdvertiser IP6NDSolicitor IPEncap "
    "IPFragmenter IPGWOptions IPInputCombo IPMirror IPNameInfo IPOutputCombo IPReassembler IPsecESPEncap "
    "IPsecESPUnencap Idle KernelTap KernelTun ListenEtherSwitch LookupIP6Route LookupIPRoute MarkIPCE "
    "Message Meter MixedQueue NotifierQueue Pad PaintTee Ping PrioSched PriorityQueue PriorityScheduler "
    "ProgressBar PullTee RED RandomSource RatedSplitter RatedUnqueue RoundRobinSched ScheduleInfo Script "
    "SetCRC32 SetIPChecksum SetTCPChecksum SetUDPChecksum Shaper SimplePullSwitch SimpleQueue Socket "
    "StaticThreadSched StrideSched StripIPHeader StripToNetworkHeader Suppressor TCPRewriter "
    "ThreadSafeQueue TimeFilter TimeRange TimedSink TimedSource ToHost ToIPSummaryDump ToSocket ToTap "
    "ToUserDevice Truncate UDPIPEncap UDPRewriter Unqueue WebGen ";

/// Whether `type` is one of `names`, which may have a remark in brackets behind them, or an ellipsis.
bool names_type(std::string_view names, std::string_view type) {
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(", "), names.size());
    const std::string_view name = names.substr(0, comma);
    if (name.starts_with(type) &&
        (name.size() == type.size() || name[type.size()] == ' ' || name.substr(type.size()) == "\u2026"))
      return true;
    names.remove_prefix(std::min(comma + 2, names.size()));
  }
  return false;
}

}  // namespace

std::span<const ClickNames> click_names() {
  return kClickNames;
}

std::string click_hint(std::string_view type) {
  if (type.empty()) return "";
  for (const ClickNames& names : kClickNames)
    if (names_type(names.click, type)) {
      std::string differs(names.differs);
      std::ranges::replace(differs, '`', '\'');
      return fmt::format("Click's {} is {} here{}{}", type, names.here, differs.empty() ? "" : ": ", differs);
    }
  if (kWithoutCounterpart.find(fmt::format(" {} ", type)) == std::string_view::npos) return "";
  return fmt::format("Click's {} has no counterpart here; 'ixyflow elements' lists what there is", type);
}

}  // namespace ixyflow
