#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "core/base/seqlock.hpp"
#include "core/element/element.hpp"
#include "core/element/flow_table.hpp"
#include "core/element/registry.hpp"
#include "core/element/spec.hpp"
#include "core/packet/packet_flow.hpp"
#include "elements/measure/top_flows.hpp"

namespace ixyflow::elements {

class FlowCounter final : public Element {
  enum : PortIndex { kOut };

 public:
  static void describe(Spec<FlowCounter>& spec) {
    spec.doc(
            "Counts packets and bytes of each flow and passes everything on. A flow is one direction of a "
            "connection: addresses, protocol and ports of IPv4 and IPv6, looked for behind VLAN tags. All "
            "fragments between two hosts are one flow without ports, as are packets of protocols that have "
            "none; what is no IP is not counted by flow. Bytes are those of whole frames, without FCS, also of "
            "frames that a capture cut. A flow that was silent for `idle` ends, at the latest two seconds "
            "later in tables of up to a million flows. A flow that finds the table full passes uncounted, and "
            "each of its packets counts as `refused`. Click's AggregateCounter counts by address.")
        .example(R"([elements.flows]
type = "FlowCounter"
capacity = 100000

[graph]
paths = ["in -> flows -> out"])")
        .output(kOut, "out", "everything")
        .keeps_length()
        .one_way()
        .replication(Replication::per_flow)
        .gauge("flows", &FlowCounter::flows, "flows now")
        .counter("added", &FlowCounter::added_, "flows that began")
        .counter("expired", &FlowCounter::expired_, "flows that ended, because they were silent for `idle`")
        .counter("refused", &FlowCounter::refused_, "packets of flows that the table had no room for")
        .counter("not_ip", &FlowCounter::not_ip_, "packets without an IP header that fits")
        .timer(&FlowCounter::sweep_)
        .view(
            "top", &FlowCounter::top, "bytes",
            "the live flows with most bytes, as of a second ago or, of more than a million flows, some more");
    spec.param("capacity", &FlowCounter::capacity_,
               "flows that it has room for, on each core: some 75 bytes of memory each")
        .range(1, kMostFlows);
    spec.param("idle", &FlowCounter::idle_, "how long a flow may be silent").range(1'000'000, kLongestIdle);
    spec.param("shown", &FlowCounter::shown_, "flows that are shown").range(1, TopFlows::kMost);
  }

  /// Strangers choose the flows, so the seed of the hash is a secret, not that of the file. Nothing that is
  /// counted depends on it.
  void prepare(Outputs& /*outputs*/) override {
    table_.emplace(static_cast<std::uint32_t>(capacity_), secret_seed());
    candidates_.reset(static_cast<std::uint32_t>(shown_));
  }

  void process(PortIndex /*input*/, Batch& batch, Outputs& outputs) noexcept override {
    count(batch, outputs.now());
    outputs.forward(kOut, batch);
  }

  void tick(Timer& /*timer*/, Outputs& outputs) noexcept override {
    const Nanoseconds now = outputs.now();
    const bool end =
        table_->sweep(kSweptAtOnce, [&](const FlowKey& key, const Traffic& flow, Nanoseconds seen) {
          const bool silent = now - seen >= idle_.ns;
          if (silent)
            ++expired_;
          else
            candidates_.offer(key, flow.packets, flow.bytes);
          return silent;
        });
    if (!end) return sweep_.arm(now + kShortestPause);
    top_.store(candidates_);
    candidates_.reset(static_cast<std::uint32_t>(shown_));
    // Without flows there is nothing to wait for: the next one arms it again.
    if (table_->size() > 0) sweep_.arm(now + std::clamp(idle_.ns / 4, kShortestPause, kLongestPause));
  }

  [[nodiscard]] std::vector<Value::Table> top() const {
    std::vector<Value::Table> rows;
    const auto top = top_.load();
    if (!top) return rows;
    for (const TopFlows::Flow& flow : top->flows())
      rows.push_back({{"flow", {}, Value(show(flow.key))},
                      {"packets", {}, Value(static_cast<std::int64_t>(flow.packets))},
                      {"bytes", {}, Value(static_cast<std::int64_t>(flow.bytes))}});
    return rows;
  }

 private:
  struct Traffic {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };
  static constexpr std::int64_t kMostFlows = std::int64_t{1} << 24;
  static constexpr std::int64_t kLongestIdle = 1'000'000'000'000'000;
  // A million flows are swept in a second, in pieces of some microseconds.
  static constexpr std::uint32_t kSweptAtOnce = 1024;
  static constexpr Nanoseconds kShortestPause = 1'000'000;
  static constexpr Nanoseconds kLongestPause = 1'000'000'000;

  void count(Batch& batch, Nanoseconds now) noexcept {
    std::size_t flows = 0;
    for (Packet* packet : batch) {
      if (!read_flow_key(*packet, keys_[flows])) [[unlikely]]
        continue;
      hashes_[flows] = table_->fetch(keys_[flows]);
      lengths_[flows++] = packet->wire_length();
    }
    not_ip_.add(batch.size() - flows);
    table_->find_many(std::span(keys_).first(flows), std::span(hashes_).first(flows), now,
                      [&](std::size_t i, Traffic* flow) {
                        if (flow == nullptr) [[unlikely]]
                          flow = begin(keys_[i], hashes_[i], now);
                        if (flow == nullptr) [[unlikely]]
                          return;
                        ++flow->packets;
                        flow->bytes += lengths_[i];
                      });
  }

  /// The first packet of a flow, or another one of it in the same batch. Null: there is no room.
  Traffic* begin(const FlowKey& key, std::uint64_t hash, Nanoseconds now) noexcept {
    if (Traffic* flow = table_->find(key, hash, now)) return flow;
    Traffic* flow = table_->insert(key, hash, now);
    if (flow == nullptr) {
      ++refused_;
      return nullptr;
    }
    ++added_;
    if (!sweep_.armed()) sweep_.arm(now);
    return flow;
  }

  [[nodiscard]] std::uint64_t flows() const noexcept { return table_ ? table_->size() : 0; }

  std::uint64_t capacity_ = 65'536;
  Duration idle_{60'000'000'000};
  std::uint64_t shown_ = 10;

  std::optional<FlowTable<FlowKey, Traffic>> table_;  ///< from `prepare` on
  std::array<FlowKey, kMaxBatch> keys_;
  std::array<std::uint64_t, kMaxBatch> hashes_;
  std::array<std::uint32_t, kMaxBatch> lengths_;

  Timer sweep_;
  TopFlows candidates_;  ///< of the pass under way
  Seqlock<TopFlows> top_;
  Counter added_;
  Counter expired_;
  Counter refused_;
  Counter not_ip_;
};

IXYFLOW_ELEMENT(FlowCounter);

}  // namespace ixyflow::elements
