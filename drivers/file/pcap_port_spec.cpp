// What a user may say of a pcap port and what it counts; what it does is in pcap_port.cpp.

#include <fmt/format.h>

#include <algorithm>

#include "core/os/files/file_mode.hpp"
#include "drivers/file/capture_name.hpp"
#include "drivers/file/pcap_port.hpp"

namespace ixyflow::drivers {

void PcapPort::describe(PortSpecOf<PcapPort>& spec) {
  spec.doc(
          "Capture files: receives the packets of one or several (pcap or pcapng, also compressed by gzip or "
          "zstd) and writes what it sends to another (pcap with nanoseconds, or pcapng). Time stamps and the "
          "lengths of cut packets are kept. Frames of Linux cooked captures, of loopback devices and of plain "
          "IP get Ethernet headers. Files may be FIFOs, \"-\" is the standard input or output. Nothing is "
          "lost: it waits for whoever takes its packets, and for who reads its output.")
      .positional({"read", "write"})
      .written_to("write")
      .drop(PortDirection::receive, "runt", &PcapPort::runt_, "shorter than an Ethernet header (14 bytes)")
      .drop(PortDirection::receive, "oversize", &PcapPort::oversize_,
            "longer than packets have room (packet_size)")
      .drop(PortDirection::receive, "not_ethernet", &PcapPort::not_ethernet_,
            "of an interface or a protocol that cannot be made Ethernet")
      .drop(PortDirection::transmit, "not_written", &PcapPort::not_written_,
            "the disk was full or failed, or the reader of a pipe went away")
      .counter("late", &PcapPort::late_,
               "times that the pace was more than 100 ms behind, or recorded time went back, and was moved");
  describe_parameters(spec);
}

void PcapPort::describe_parameters(PortSpecOf<PcapPort>& spec) {
  spec.param("read", &PcapPort::read_,
             "file that packets are received from, or several, [\"a.pcap\", \"b.pcap\"], merged by time; "
             "\"-\": the standard input; absent: none come")
      .path()
      .type_name("path or list of paths");
  spec.param(
          "write", &PcapPort::write_,
          "file for what is sent, replaced if it exists, pcapng when its name ends so; \"-\": the standard "
          "output, and the summary goes to the standard error; absent: what is sent is gone")
      .path();
  spec.param("mode", &PcapPort::mode_,
             "permissions of the file that is written, in octal: \"0640\" lets its group read what was sent");
  spec.param("loop", &PcapPort::loop_, "how often the captures are received; 0: for ever");
  spec.param("count", &PcapPort::count_, "packets to receive in all; 0: as many as there are");
  spec.param(
      "pace", &PcapPort::pace_,
      "when packets come: as fast as they are taken (\"fast\"), as they were \"recorded\", that times a "
      "factor (\"x2\" is twice as fast), or at a rate. What several ports play comes as it was recorded "
      "together");
  spec.param("maxsleep", &PcapPort::longest_pause_,
             "the longest pause of a recorded pace; longer ones are cut to it");
}

void PcapPort::configure(PortConfiguration& configuration) {
  longest_ = configuration.packet_size;
  playback_ = configuration.playback ? configuration.playback : std::make_shared<PlaybackClock>();
  for (std::string& path : read_.paths)
    if (path == "/dev/stdin") path = kStandardStream;
  if (write_ == "/dev/stdout") write_ = kStandardStream;
  if (write_ && write_->empty()) write_.reset();
  const std::size_t errors = configuration.diagnostics.errors();
  check_parameters(configuration);
  if (configuration.diagnostics.errors() == errors) warn_of_unused(configuration);
}

void PcapPort::check_parameters(PortConfiguration& configuration) {
  const auto mistake = [&](const char* key, std::string text, std::string hint) {
    const Value::Entry* entry = find(configuration.parameters, key);
    configuration.diagnostics.error(entry != nullptr ? entry->value.where() : configuration.where,
                                    configuration.owner + " " + std::move(text), std::move(hint));
  };
  if (auto mode = parse_file_mode(mode_))
    file_mode_ = *mode;
  else
    mistake("mode", "has a 'mode' that is none", "'mode' " + mode.error().text);
  if (read_.paths.empty() && !write_) mistake("", "has neither 'read' nor 'write'", "name at least one file");
  if (std::ranges::find(read_.paths, "") != read_.paths.end())
    mistake("read", "has a file without a name in 'read'", "leave it out");
  if (write_ && !packing_of(*write_).empty())
    mistake("write", fmt::format("writes no {}", packing_of(*write_)),
            fmt::format("write = \"-\", and `ixyflow run ... | {} > FILE`", packing_of(*write_)));
  if (find(configuration.parameters, "maxsleep") != nullptr && pace_.kind != Pace::Kind::recorded)
    mistake("maxsleep", "has a 'maxsleep', but no pauses", "pace = \"recorded\"");
}

void PcapPort::warn_of_unused(PortConfiguration& configuration) const {
  if (configuration.used_to_receive && read_.paths.empty())
    configuration.diagnostics.warning(configuration.where,
                                      configuration.owner + " has no 'read': nothing is received");
  if (configuration.used_to_transmit && !write_)
    configuration.diagnostics.warning(
        configuration.where, configuration.owner + " has no 'write': what is sent to it is gone",
        read_.paths.empty() ? "" : "behind a comma stands what is written: pcap:,out.pcap");
}

IXYFLOW_PORT(PcapPort, "pcap");

}  // namespace ixyflow::drivers
