// The file of `ixyflow test`: its [[test]] tables and the frames in them. What can be read is run, on
// simulated time and ports in memory, and loses neither a packet nor a buffer.

#include <algorithm>

#include "tests/fuzz/input.hpp"
#include "tests/fuzz/seed.hpp"
#include "tools/ixyflow/test/frame_text.hpp"
#include "tools/ixyflow/test/run_test.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::fuzz {
namespace {

/// Whether it takes little time, and reads no files.
bool is_small(const PipelineFile& file, const tools::TestCase& test) {
  const auto in_file = [](const auto& item) { return !item.packets.pcap.empty(); };
  const auto many = [](const auto& item) { return item.packets.frames.size() > 20; };
  return file.text.find("plugins") == std::string::npos && std::ranges::none_of(test.inputs, in_file) &&
         std::ranges::none_of(test.inputs, many) &&
         std::ranges::none_of(test.outputs, [](const tools::TestOutput& output) {
           return output.packets && !output.packets->pcap.empty();
         });
}

/// The same pipeline with small buffers where it does not say how large they are: to make large ones would
/// take most of the time.
PipelineFile with_small_buffers(PipelineFile file) {
  const Value::Entry* given = find(file.root, "pipeline");
  const auto* settings = given != nullptr ? given->value.get_if<Value::Table>() : nullptr;
  if ((given != nullptr && settings == nullptr) ||
      (settings != nullptr && find(*settings, "packet_size") != nullptr))
    return file;
  Value::Table table = settings != nullptr ? *settings : Value::Table();
  table.push_back({"packet_size", {}, Value(std::int64_t{256})});
  std::erase_if(file.root, [](const Value::Entry& entry) { return entry.key == "pipeline"; });
  file.root.push_back({"pipeline", {}, Value(std::move(table))});
  return file;
}

void run_small_test(const PipelineFile& file, const tools::TestCase& test) {
  if (!is_small(file, test)) return;
  for (const std::string& failure : tools::run_test(file, test, {}))
    expect(failure.find("does not balance") == std::string::npos &&
               failure.find("did not come home") == std::string::npos,
           failure);
}

void read_test_file(Bytes input) {
  const std::string text(text_of(input));
  if (const auto frame = tools::parse_frame(text)) expect(frame->size() <= 65'535, "a frame has its limit");
  Diagnostics diagnostics("fuzz.toml", text);
  const auto file = parse_pipeline("fuzz.toml", text, diagnostics);
  if (!file) return;
  const std::vector<tools::TestCase> tests = tools::parse_tests(*file, diagnostics);
  static_cast<void>(diagnostics.render());
  if (diagnostics.ok() && tests.size() <= 4)
    for (const tools::TestCase& test : tests) run_small_test(with_small_buffers(*file), test);
}

void test_file_seeds(const Sink& seed) {
  constexpr std::string_view kFolders[] = {"pipelines", "tests/pipelines"};
  for (const std::string& text : files(kFolders, ".toml"))
    if (text.find("[[test]]") != std::string::npos) seed(without_comments(text));
  seed("01 # one\n 02*3 # more\r\n0a0B");
}

void test_file_words(const Sink& word) {
  pipeline_words(word);
  for (const char* key :
       {"packets = [", "port = ", "in = {", "out = {", "counters = {", "drops = {", "for = \"1s\"",
        "ignore = [", "match = ", "count = ", "interval = ", "at = [", "00*18", "set = {"})
    word(key);
}

const Registered test_file_target({.name = "test_file",
                                   .run = read_test_file,
                                   .seeds = test_file_seeds,
                                   .words = test_file_words,
                                   .longest = 4096});

}  // namespace
}  // namespace ixyflow::fuzz
