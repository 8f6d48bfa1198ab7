#include "tools/ixyflow/pipeline/read_pipeline.hpp"

#include <utility>

namespace ixyflow::tools {

Reading read_pipeline(const std::string& path, const LoadOptions& options) {
  Reading reading;
  const bool standard_input = path == "-";
  auto text = read_pipeline_text(standard_input ? "/dev/stdin" : path);
  if (!text) {
    reading.unreadable = text.error();
    return reading;
  }
  const std::string name = standard_input ? "<standard input>" : path;
  reading.diagnostics = Diagnostics(name, *text);
  reading.file = parse_pipeline(name, std::move(*text), reading.diagnostics);
  if (reading.file) reading.pipeline = build_pipeline(*reading.file, options, reading.diagnostics);
  return reading;
}

}  // namespace ixyflow::tools
