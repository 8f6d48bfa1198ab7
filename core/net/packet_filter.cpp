#include "core/net/packet_filter.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "core/net/filter_words.hpp"
#include "core/net/headers.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {
namespace {

using Instructions = std::vector<bpf_insn>;

/// Accepted packets are "kept" to this length; anything but 0 means a match.
constexpr int kSnapLength = 262'144;
/// libpcap's parser recurses; a longer expression could overflow its stack.
constexpr std::size_t kLongestExpression = 65'536;

constexpr std::uint32_t kTypeOffset = 12;  // of the EtherType: where the first tag stands
constexpr std::uint32_t kTagSize = sizeof(VlanTag);

/// Bytes that a load instruction takes from the packet.
std::uint32_t load_size(const bpf_insn& instruction) noexcept {
  switch (BPF_SIZE(instruction.code)) {
    case BPF_W:
      return 4;
    case BPF_H:
      return 2;
    default:
      return 1;
  }
}

bool loads_from_packet(const bpf_insn& instruction) noexcept {
  const auto mode = BPF_MODE(instruction.code);
  switch (BPF_CLASS(instruction.code)) {
    case BPF_LD:
      return mode == BPF_ABS || mode == BPF_IND;
    case BPF_LDX:
      return mode == BPF_MSH;  // the length of an IPv4 header
    default:
      return false;
  }
}

/// Whether it cannot be told before run time on which side of the tags the load is, or it is on both, or so
/// far out that it cannot be moved.
bool cannot_be_moved(const bpf_insn& load) noexcept {
  if (load.k >= kTypeOffset) return load.k > 0x7fffffff;
  return BPF_MODE(load.code) == BPF_IND || load.k + load_size(load) > kTypeOffset;
}

/// The program for frames with `tags` VLAN tags that acts as if these were taken off: what it loads from
/// behind the MAC addresses, it loads from behind the tags.
Instructions look_through(Instructions program, std::uint32_t tags) {
  for (bpf_insn& instruction : program)
    if (loads_from_packet(instruction) && instruction.k >= kTypeOffset) instruction.k += tags * kTagSize;
  return program;
}

std::uint32_t count_tags(std::span<const std::uint8_t> frame) noexcept {
  std::uint32_t tags = 0;
  std::uint32_t offset = kTypeOffset;
  while (tags < kMaxVlanTags) {
    const BeEtherType* type = header_at<BeEtherType>(frame, offset);
    if (type == nullptr || !is_vlan_type(type->value()) ||
        header_at<Be16>(frame, offset + kTagSize) == nullptr)
      break;
    offset += kTagSize;
    ++tags;
  }
  return tags;
}

bool run(const Instructions& program, std::span<const std::uint8_t> frame,
         std::uint32_t wire_length) noexcept {
  return bpf_filter(program.data(), frame.data(), wire_length, static_cast<std::uint32_t>(frame.size())) != 0;
}

/// Runs the program on a copy without the tags, for the few that compute addresses which may lie on either
/// side of them. The copy ends at the size of the largest packet that there is.
[[gnu::noinline]] bool run_on_copy(const Instructions& program, std::span<const std::uint8_t> frame,
                                   std::uint32_t tags, std::uint32_t wire_length) noexcept {
  constexpr std::size_t kLargestPacket = 65'536 + 128;
  std::array<std::uint8_t, kLargestPacket> copy;
  const auto rest = frame.subspan(kTypeOffset + tags * kTagSize);
  const std::size_t size = std::min(rest.size(), copy.size() - kTypeOffset);
  std::memcpy(copy.data(), frame.data(), kTypeOffset);
  std::memcpy(copy.data() + kTypeOffset, rest.data(), size);
  return run(program, std::span(copy).first(kTypeOffset + size), wire_length);
}

/// Compiles for Ethernet. libpcap before 1.8 kept the state of its compiler in globals, hence the lock.
Result<Instructions> compile_program(const std::string& expression) {
  static std::mutex compiler;
  const std::lock_guard lock(compiler);
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> pcap(pcap_open_dead(DLT_EN10MB, kSnapLength),
                                                            pcap_close);
  if (!pcap) return fail(ExitCode::configuration, "libpcap has no memory for a filter");
  bpf_program program{};
  if (pcap_compile(pcap.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return fail(ExitCode::configuration, pcap_geterr(pcap.get()));
  Instructions instructions(program.bf_insns, program.bf_insns + program.bf_len);
  pcap_freecode(&program);
  return instructions;
}

}  // namespace

struct PacketFilter::Program {
  Instructions plain;
  std::vector<Instructions> by_tags;  ///< for 1, 2, ... tags that are looked through; empty when none are
  bool needs_copy = false;            ///< look_through is not exact for this program
};

Result<PacketFilter> PacketFilter::compile(const std::string& expression, VlanMode vlan) {
  if (expression.size() > kLongestExpression)
    return fail(ExitCode::configuration,
                fmt::format("a filter has at most {} characters", kLongestExpression));
  if (expression.find('\0') != std::string::npos)
    return fail(ExitCode::configuration, "a filter cannot hold a NUL character");
  if (auto words = refuse_host_names(expression); !words) return std::unexpected(std::move(words.error()));
  auto compiled = compile_program(expression);
  if (!compiled) return std::unexpected(std::move(compiled.error()));

  auto program = std::make_unique<Program>();
  program->plain = std::move(*compiled);
  if (vlan == VlanMode::through && !speaks_of_vlan(expression)) {
    for (std::uint32_t tags = 1; tags <= kMaxVlanTags; ++tags)
      program->by_tags.push_back(look_through(program->plain, tags));
    program->needs_copy = std::ranges::any_of(
        program->plain, [](const bpf_insn& i) { return loads_from_packet(i) && cannot_be_moved(i); });
  }
  return PacketFilter(std::move(program));
}

PacketFilter::PacketFilter(std::unique_ptr<Program> program) : program_(std::move(program)) {}
PacketFilter::PacketFilter(PacketFilter&&) noexcept = default;
PacketFilter& PacketFilter::operator=(PacketFilter&&) noexcept = default;
PacketFilter::~PacketFilter() = default;

bool PacketFilter::matches(std::span<const std::uint8_t> frame, std::uint32_t wire_length) const noexcept {
  const Program& program = *program_;
  const std::uint32_t tags = program.by_tags.empty() ? 0 : count_tags(frame);
  if (tags == 0) return run(program.plain, frame, wire_length);
  if (program.needs_copy) [[unlikely]]
    return run_on_copy(program.plain, frame, tags, wire_length);
  return run(program.by_tags[tags - 1], frame, wire_length);
}

}  // namespace ixyflow
