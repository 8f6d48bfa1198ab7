#include <fmt/format.h>

#include "core/base/diagnostics.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/commands/options.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/pipeline/prepare.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/views/pipeline_toml.hpp"

namespace ixyflow::tools {
namespace {

class NewCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "new"; }
  [[nodiscard]] CommandPlace place() const override { return {CommandGroup::pipelines, 6}; }
  [[nodiscard]] std::string_view summary() const override {
    return "write the pipeline file that one line stands for";
  }
  [[nodiscard]] std::string_view example() const override {
    return "ixyflow new -e 'pcap:in.pcap -> Filter(\"udp\") -> pcap:out.pcap' > udp.toml";
  }

  void declare(CommandLine& line) override {
    declare_line(line, source_.line);
    declare_load_options(line, load_);
  }

  ExitCode run(Console& console) override {
    if (!source_.line)
      return console.failed({ExitCode::usage, "-e LINE is missing: the pipeline that is to be a file"});
    only_look(load_, false);
    const auto reading = load_pipeline(source_, load_, console);
    if (!reading) return reading.error();
    console.out(fmt::format("# {}\n\n{}", printable(*source_.line, kLongestComment),
                            pipeline_toml(reading->file->root)));
    return ExitCode::ok;
  }

 private:
  static constexpr std::size_t kLongestComment = 1000;

  PipelineSource source_;
  LoadOptions load_;
};

IXYFLOW_COMMAND(NewCommand);

}  // namespace
}  // namespace ixyflow::tools
