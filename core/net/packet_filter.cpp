#include "core/net/packet_filter.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/net/filter/pieces.hpp"
#include "core/net/filter/words.hpp"
#include "core/net/headers.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {

using Instructions = std::vector<bpf_insn>;

/// A piece of the expression, compiled.
struct CompiledPiece {
  FilterPieces::Kind kind = FilterPieces::Kind::text;
  bool negated = false;
  Instructions plain;                   ///< of a text
  std::vector<Instructions> by_tags;    ///< the same for 1, 2, ... tags that are looked through
  std::vector<CompiledPiece> children;  ///< of all and any
};

namespace {

/// Accepted packets are "kept" to this length; anything but 0 means a match.
constexpr int kSnapLength = 262'144;
/// What is longer takes libpcap a second and more, even in pieces.
constexpr std::size_t kLongestExpression = 65'536;
// By filter_cost. The time that libpcap takes grows with more than the square of it, so that what is larger
// than kWhole is compiled in pieces, and what is larger than kLargestPiece and cannot be cut is refused.
constexpr std::uint32_t kWhole = 2'500;
constexpr std::uint32_t kPiece = 600;
constexpr std::uint32_t kLargestPiece = 6'000;
constexpr std::uint32_t kLargest = 500'000;  // in all

constexpr std::uint32_t kTypeOffset = 12;  // of the EtherType: where the first tag stands
constexpr std::uint32_t kTagSize = sizeof(VlanTag);

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

/// The program for frames with `tags` VLAN tags that acts as if these were taken off: what it loads from
/// behind the MAC addresses, it loads from behind the tags.
Instructions look_through(Instructions program, std::uint32_t tags) {
  constexpr std::uint32_t kNowhere = 0x80000000;  // "ip[0xfffffff0]": more would come round to the start
  for (bpf_insn& instruction : program)
    if (loads_from_packet(instruction) && instruction.k >= kTypeOffset && instruction.k < kNowhere)
      instruction.k += tags * kTagSize;
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

/// What a program returns. Libpcap's own have 0 for a mismatch too; these here have 1, so that it can be told
/// from a load behind the end of the frame, which ends the whole filter.
enum Verdict : std::uint32_t { kCannotTell = 0, kMismatch = 1, kMatch };

void tell_mismatches(Instructions& program) noexcept {
  for (bpf_insn& instruction : program)
    if (instruction.code == (BPF_RET | BPF_K)) instruction.k = instruction.k == 0 ? kMismatch : kMatch;
}

Verdict run(const Instructions& program, std::span<const std::uint8_t> frame,
            std::uint32_t wire_length) noexcept {
  return static_cast<Verdict>(
      bpf_filter(program.data(), frame.data(), wire_length, static_cast<std::uint32_t>(frame.size())));
}

/// What libpcap reads a capture of Ethernet frames with: a compiler for such a handle refuses what only a
/// live capture knows.
std::unique_ptr<pcap_t, decltype(&pcap_close)> open_compiler() {
  static constexpr pcap_file_header kHeader{.magic = 0xa1b2c3d4,
                                            .version_major = 2,
                                            .version_minor = 4,
                                            .thiszone = 0,
                                            .sigfigs = 0,
                                            .snaplen = kSnapLength,
                                            .linktype = DLT_EN10MB};
  pcap_file_header header = kHeader;
  std::FILE* const file = ::fmemopen(&header, sizeof header, "rb");
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  pcap_t* const pcap = file != nullptr ? pcap_fopen_offline(file, reason.data()) : nullptr;
  if (pcap == nullptr && file != nullptr) std::fclose(file);
  return {pcap, pcap_close};
}

/// Compiles for Ethernet. libpcap before 1.8 kept the state of its compiler in globals, hence the lock.
/// Error: libpcap's complaint.
Result<Instructions> compile_program(const std::string& expression, bool optimised) {
  static std::mutex compiler;
  const std::lock_guard lock(compiler);
  const auto pcap = open_compiler();
  if (!pcap) return fail(ExitCode::configuration, "libpcap has no memory for a filter");
  bpf_program program{};
  constexpr bpf_u_int32 kNoNetmask = 0;  // "ip broadcast" is 255.255.255.255 then, and 0.0.0.0
  if (pcap_compile(pcap.get(), &program, expression.c_str(), optimised ? 1 : 0, kNoNetmask) != 0)
    return fail(ExitCode::configuration, pcap_geterr(pcap.get()));
  Instructions instructions(program.bf_insns, program.bf_insns + program.bf_len);
  pcap_freecode(&program);
  tell_mismatches(instructions);
  return instructions;
}

/// Whether the program, which is not optimised, asks for the EtherType of a VLAN tag, as "ether proto 0x8100"
/// does.
bool compares_tag_type(const Instructions& program) noexcept {
  const auto asks = [](const bpf_insn& load, const bpf_insn& jump) {
    return load.code == (BPF_LD | BPF_H | BPF_ABS) && load.k == kTypeOffset &&
           jump.code == (BPF_JMP | BPF_JEQ | BPF_K) && is_vlan_type(static_cast<EtherType>(jump.k));
  };
  return std::ranges::adjacent_find(program, asks) != program.end();
}

/// Compiles pieces; the first complaint ends it.
class Compiler {
 public:
  explicit Compiler(bool in_pieces) noexcept : in_pieces_(in_pieces) {}

  Result<CompiledPiece> compile(const FilterPieces& source) {
    CompiledPiece piece{
        .kind = source.kind, .negated = source.negated, .plain = {}, .by_tags = {}, .children = {}};
    if (source.kind == FilterPieces::Kind::text) {
      auto program = compile_text(source.text);
      if (!program) return std::unexpected(std::move(program.error()));
      piece.plain = std::move(*program);
    }
    for (const FilterPieces& child : source.children) {
      auto compiled = compile(child);
      if (!compiled) return compiled;
      piece.children.push_back(std::move(*compiled));
    }
    return piece;
  }
  [[nodiscard]] bool compares_tag_type() const noexcept { return compares_tag_type_; }

 private:
  Result<Instructions> compile_text(const std::string& text) {
    auto whole = compile_program(text, false);
    if (!whole) return whole;
    compares_tag_type_ = compares_tag_type_ || ixyflow::compares_tag_type(*whole);
    auto optimised = compile_program(text, true);
    // That it rejects all packets is a mistake in a whole expression only.
    return optimised || !in_pieces_ ? std::move(optimised) : std::move(whole);
  }

  bool in_pieces_;
  bool compares_tag_type_ = false;
};

void look_through(CompiledPiece& piece) {
  for (std::uint32_t tags = 1; tags <= kMaxVlanTags && piece.kind == FilterPieces::Kind::text; ++tags)
    piece.by_tags.push_back(look_through(piece.plain, tags));
  for (CompiledPiece& child : piece.children) look_through(child);
}

Verdict judge(const CompiledPiece& piece, std::span<const std::uint8_t> frame, std::uint32_t wire_length,
              std::uint32_t tags) noexcept {
  if (piece.kind == FilterPieces::Kind::text)
    return run(tags == 0 ? piece.plain : piece.by_tags[tags - 1], frame, wire_length);
  const bool any = piece.kind == FilterPieces::Kind::any;
  bool matches = !any;
  for (const CompiledPiece& child : piece.children) {
    const Verdict verdict = judge(child, frame, wire_length, tags);
    if (verdict == kCannotTell) return kCannotTell;
    matches = verdict == kMatch;
    if (matches == any) break;
  }
  return matches != piece.negated ? kMatch : kMismatch;
}

std::uint32_t largest_cost(const FilterPieces& pieces) {
  std::uint32_t largest = pieces.cost;
  for (const FilterPieces& child : pieces.children) largest = std::max(largest, largest_cost(child));
  return largest;
}

Result<FilterPieces> cut_to_size(const std::string& expression) {
  const std::uint32_t cost = filter_cost(expression);
  auto pieces = cost > kWhole ? cut_filter(expression, kPiece) : std::nullopt;
  if (!pieces) pieces = {.kind = {}, .negated = false, .text = expression, .cost = cost, .children = {}};
  if (cost <= kLargest && largest_cost(*pieces) <= kLargestPiece) return *std::move(pieces);
  return fail(
      ExitCode::configuration,
      "this filter would take too long to compile: it can have some 6,500 ports in all, 140 addresses or 80 "
      "ports beside vlan, mpls, pppoes or geneve, parentheses 50 deep, and 400 numbers in one comparison; "
      "what is more can go into a second Filter");
}

}  // namespace

struct PacketFilter::Program {
  CompiledPiece root;
  bool looks_through = false;
};

Result<PacketFilter> PacketFilter::compile(const std::string& expression, VlanMode vlan) {
  if (expression.size() > kLongestExpression)
    return fail(ExitCode::configuration,
                fmt::format("a filter has at most {} characters", kLongestExpression));
  if (expression.find('\0') != std::string::npos)
    return fail(ExitCode::configuration, "a filter cannot hold a NUL character");
  if (auto words = refuse_words(expression); !words) return std::unexpected(std::move(words.error()));
  const auto pieces = cut_to_size(expression);
  if (!pieces) return std::unexpected(pieces.error());
  Compiler compiler(pieces->kind != FilterPieces::Kind::text);
  auto root = compiler.compile(*pieces);
  if (!root) return std::unexpected(std::move(root.error()));

  auto program = std::make_unique<Program>();
  program->root = std::move(*root);
  program->looks_through =
      vlan == VlanMode::through && !speaks_of_tags(expression) && !compiler.compares_tag_type();
  if (program->looks_through) look_through(program->root);
  return PacketFilter(std::move(program));
}

PacketFilter::PacketFilter(std::unique_ptr<Program> program) : program_(std::move(program)) {}
PacketFilter::PacketFilter(PacketFilter&&) noexcept = default;
PacketFilter& PacketFilter::operator=(PacketFilter&&) noexcept = default;
PacketFilter::~PacketFilter() = default;

bool PacketFilter::looks_through_tags() const noexcept {
  return program_->looks_through;
}

bool PacketFilter::matches(std::span<const std::uint8_t> frame, std::uint32_t wire_length) const noexcept {
  const std::uint32_t tags = program_->looks_through ? count_tags(frame) : 0;
  return judge(program_->root, frame, wire_length, tags) == kMatch;
}

}  // namespace ixyflow
