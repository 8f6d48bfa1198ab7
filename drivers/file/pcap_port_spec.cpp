// What a user may say of a pcap port and what it counts; what it does is in pcap_port.cpp.

#include "core/os/files/file_mode.hpp"
#include "drivers/file/pcap_port.hpp"

namespace ixyflow::drivers {

void PcapPort::describe(PortSpecOf<PcapPort>& spec) {
  spec.doc(
          "Capture files: receives the packets of one (pcap or pcapng, Ethernet) and writes what it "
          "sends to another (pcap with nanoseconds). Time stamps and the lengths of cut packets are "
          "kept. Both may be FIFOs. Nothing is lost: it waits for whoever takes its packets, and for who "
          "reads its output.")
      .positional({"read", "write"})
      .drop(PortDirection::receive, "runt", &PcapPort::runt_, "shorter than an Ethernet header (14 bytes)")
      .drop(PortDirection::receive, "oversize", &PcapPort::oversize_,
            "longer than packets have room (packet_size)")
      .drop(PortDirection::transmit, "not_written", &PcapPort::not_written_,
            "the disk was full or failed, or the reader of a FIFO went away")
      .counter("late", &PcapPort::late_, "times that the pace was more than 100 ms behind and was moved");
  spec.param("read", &PcapPort::read_, "file that packets are received from; absent: none come")
      .type_name("path");
  spec.param("write", &PcapPort::write_,
             "file for what is sent, replaced if it exists; absent: what is sent is gone")
      .type_name("path");
  spec.param("mode", &PcapPort::mode_,
             "permissions of the file that is written, in octal: \"0640\" lets its group read what was sent");
  spec.param("loop", &PcapPort::loop_, "how often the file is received; 0: for ever");
  spec.param("pace", &PcapPort::pace_,
             "when packets come: as fast as they are taken, at their recorded distances, or at a rate");
}

void PcapPort::configure(PortConfiguration& configuration) {
  longest_ = configuration.packet_size;
  if (read_ && read_->empty()) read_.reset();
  if (write_ && write_->empty()) write_.reset();
  const auto mistake = [&](const char* key, std::string text, std::string hint) {
    const Value::Entry* entry = find(configuration.parameters, key);
    configuration.diagnostics.error(entry != nullptr ? entry->value.where() : configuration.where,
                                    configuration.owner + " " + std::move(text), std::move(hint));
  };
  if (auto mode = parse_file_mode(mode_))
    file_mode_ = *mode;
  else
    mistake("mode", "has a 'mode' that is none", "'mode' " + mode.error().text);
  if (!read_ && !write_) return mistake("", "has neither 'read' nor 'write'", "name at least one file");
  if (read_ && write_ && canonical(*read_) == canonical(*write_))
    mistake("write", "would overwrite the file that it reads", "write to another file");
  if (configuration.used_to_receive && !read_)
    configuration.diagnostics.warning(configuration.where,
                                      configuration.owner + " has no 'read': nothing is received");
  if (configuration.used_to_transmit && !write_)
    configuration.diagnostics.warning(configuration.where,
                                      configuration.owner + " has no 'write': what is sent to it is gone");
}

IXYFLOW_PORT(PcapPort, "pcap");

}  // namespace ixyflow::drivers
