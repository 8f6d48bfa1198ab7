#pragma once

#include <optional>
#include <string>

#include "core/base/diagnostics.hpp"
#include "core/config/syntax/pipeline_file.hpp"

namespace ixyflow {

/// The file that one line stands for, `pcap:in.pcap -> Filter("udp") -> pcap:out.pcap` (the grammar is in
/// syntax/one_line.hpp): the same tables as in a file, with their places in the line. Elements without a name
/// are called after their type, ports `in` at the beginning of a path and `out` at its end. `name` is what
/// the file is called in messages. Plugins must be loaded before: a value without a name is given to the
/// first parameter of its element.
std::optional<PipelineFile> read_one_line(std::string name, std::string text, Diagnostics& diagnostics);

}  // namespace ixyflow
