#include "tools/ixyflow/pipeline/read_pipeline.hpp"

#include <utility>

#include "core/config/shorthand/one_line.hpp"
#include "core/plugin/plugin.hpp"

namespace ixyflow::tools {

std::string PipelineSource::name() const {
  if (line) return "-e";
  return files.front() == "-" ? "<standard input>" : files.front();
}

Reading read_pipeline(const PipelineSource& source, const LoadOptions& options) {
  Reading reading;
  auto text = source.line
                  ? Result<std::string>(*source.line)
                  : read_pipeline_text(source.files.front() == "-" ? "/dev/stdin" : source.files.front());
  if (!text) {
    reading.unreadable = text.error();
    if (source.files.front().find("->") != std::string::npos)
      reading.unreadable->text += "; a pipeline in one line is given with -e";
    return reading;
  }
  reading.diagnostics = Diagnostics(source.name(), *text);
  if (!source.line)
    reading.file = parse_pipeline(source.name(), std::move(*text), reading.diagnostics);
  else if (load_plugins(options.plugins, {}, reading.diagnostics))
    reading.file = read_one_line(source.name(), std::move(*text), reading.diagnostics);
  if (reading.file) reading.pipeline = build_pipeline(*reading.file, options, reading.diagnostics);
  return reading;
}

}  // namespace ixyflow::tools
