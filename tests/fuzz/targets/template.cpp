// Frame templates of the generator: a table of fields or hexadecimal text, and the frames that it writes.

#include "core/config/syntax/pipeline_file.hpp"
#include "drivers/synthetic/frame_template.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/seed.hpp"

namespace ixyflow::fuzz {
namespace {

void write_frames(const drivers::FrameTemplate& frame, Input& input) {
  // To the byte, so that AddressSanitizer sees what is written behind it.
  std::vector<std::uint8_t> bytes(frame.size());
  frame.write(bytes.data(), 0, 0);
  for (int i = 0; i < 3; ++i) {
    const auto flow = input.take<std::uint32_t>();
    frame.write(bytes.data(), flow, input.take<std::uint64_t>());
  }
}

/// What the file says of a size: `size = 60`.
std::optional<std::uint32_t> size_of(const Value::Table& root) {
  const Value::Entry* entry = find(root, "size");
  const auto* number = entry != nullptr ? entry->value.get_if<std::int64_t>() : nullptr;
  if (number == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(*number, 0, 9000));
}

void make_template(Bytes input) {
  Input rest(input);
  const std::string text(rest.text('\0'));
  Diagnostics diagnostics("fuzz.toml", text);
  const auto file = parse_pipeline("fuzz.toml", text, diagnostics);
  if (!file) return;
  const Value::Entry* entry = find(file->root, "template");
  const Value nothing;
  const auto frame = drivers::FrameTemplate::make({.text = entry != nullptr ? entry->value : nothing,
                                                   .size = size_of(file->root),
                                                   .largest = rest.flag() ? 2048U : 0U,
                                                   .where = {},
                                                   .owner = "port 'gen' (driver generator)"},
                                                  diagnostics);
  expect(frame.has_value() == diagnostics.ok(), "there is a frame or a reason");
  static_cast<void>(diagnostics.render());
  if (frame) write_frames(*frame, rest);
}

void template_seeds(const Sink& seed) {
  for (const char* fields :
       {"", R"("ip.dst" = "198.19.0.1", "udp.dst" = 53)", R"("vlan.id" = 7, "vlan.pcp" = 3, "tcp.dst" = 80)",
        R"("ip6.src" = "2001:db8::1", "ip6.hlim" = 3)", R"("eth.type" = 0x88b5)",
        R"("ip.proto" = 1, "ip.ttl" = 1)"})
    seed("size = 64\ntemplate = { " + std::string(fields) + " }\n");
  for (const test::Bytes& frame : frames()) seed("template = \"" + test::to_hex(frame) + "\"\n");
}

const Registered template_target({.name = "template",
                                  .run = make_template,
                                  .seeds = template_seeds,
                                  .words = pipeline_words,
                                  .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz
