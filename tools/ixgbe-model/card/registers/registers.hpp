#pragma once

#include <cstdint>

/// Registers of the 82599 that the model gives a behaviour, with their sections in the data sheet (rev. 3.3).
/// Written for the model alone: the drivers that it judges have tables of their own. Registers that are plain
/// memory to the model stand in plain_registers.cpp.
namespace ixyflow::model::reg {

inline constexpr std::uint32_t kRegisterBytes = 0x20000;  ///< 8.1: registers of the memory BAR; flash follows

/// `count` registers, `stride` bytes apart.
struct Range {
  std::uint32_t first;
  std::uint32_t count = 1;
  std::uint32_t stride = 4;

  [[nodiscard]] constexpr std::uint32_t at(std::uint32_t index) const noexcept {
    return first + index * stride;
  }
  [[nodiscard]] constexpr bool contains(std::uint32_t offset) const noexcept {
    return offset >= first && offset < at(count) && (offset - first) % stride == 0;
  }
  /// Of an offset that the range contains.
  [[nodiscard]] constexpr std::uint32_t index_of(std::uint32_t offset) const noexcept {
    return (offset - first) / stride;
  }
};

// 8.2.3.1 General control
inline constexpr std::uint32_t kCtrl = 0x00000;       // 8.2.3.1.1
inline constexpr std::uint32_t kCtrlCopy = 0x00004;   // 8.2.3.1.1, the second address
inline constexpr std::uint32_t kStatus = 0x00008;     // 8.2.3.1.2
inline constexpr std::uint32_t kCtrlExt = 0x00018;    // 8.2.3.1.3
inline constexpr std::uint32_t kEsdp = 0x00020;       // 8.2.3.1.4
inline constexpr std::uint32_t kI2cCtl = 0x00028;     // 8.2.3.1.5
inline constexpr std::uint32_t kFreeTimer = 0x00048;  // 8.2.3.12 (FRTIMER)

// 8.2.3.2 EEPROM
inline constexpr std::uint32_t kEec = 0x10010;   // 8.2.3.2.1
inline constexpr std::uint32_t kEerd = 0x10014;  // 8.2.3.2.2

// 8.2.3.3 Flow control
inline constexpr Range kFcttv{0x03200, 4};        // 8.2.3.3.2
inline constexpr Range kFcrtl{0x03220, 8};        // 8.2.3.3.3
inline constexpr Range kFcrth{0x03260, 8};        // 8.2.3.3.4
inline constexpr std::uint32_t kFccfg = 0x03D00;  // 8.2.3.3.7
inline constexpr std::uint32_t kTfcs = 0x0CE00;   // 8.2.3.3.6

// 8.2.3.4 PCIe, semaphores
inline constexpr std::uint32_t kSwsm = 0x10140;      // 8.2.3.4.9
inline constexpr std::uint32_t kFwsm = 0x10148;      // 8.2.3.4.10
inline constexpr std::uint32_t kSwFwSync = 0x10160;  // 8.2.3.4.11

// 8.2.3.5 Interrupts
inline constexpr std::uint32_t kEicr = 0x00800;      // 8.2.3.5.1
inline constexpr std::uint32_t kEics = 0x00808;      // 8.2.3.5.2
inline constexpr std::uint32_t kEims = 0x00880;      // 8.2.3.5.3
inline constexpr std::uint32_t kEimc = 0x00888;      // 8.2.3.5.4
inline constexpr std::uint32_t kEiac = 0x00810;      // 8.2.3.5.5
inline constexpr std::uint32_t kEiam = 0x00890;      // 8.2.3.5.6
inline constexpr Range kEicrN{0x00A80, 2};           // 8.2.3.5.1
inline constexpr Range kEicsN{0x00A90, 2};           // 8.2.3.5.7
inline constexpr Range kEimsN{0x00AA0, 2};           // 8.2.3.5.8
inline constexpr Range kEimcN{0x00AB0, 2};           // 8.2.3.5.9
inline constexpr Range kEiamN{0x00AD0, 2};           // 8.2.3.5.10
inline constexpr Range kEitrLow{0x00820, 24};        // 8.2.3.5, vectors 0 to 23
inline constexpr Range kEitrHigh{0x12300, 105};      // 8.2.3.5, vectors 24 to 128
inline constexpr Range kIvar{0x00900, 64};           // 8.2.3.5
inline constexpr std::uint32_t kIvarMisc = 0x00A00;  // 8.2.3.5
inline constexpr std::uint32_t kGpie = 0x00898;      // 8.2.3.5

// 8.2.3.7 Receive filters
inline constexpr std::uint32_t kFctrl = 0x05080;     // 8.2.3.7.1
inline constexpr std::uint32_t kVlnCtrl = 0x05088;   // 8.2.3.7.2
inline constexpr std::uint32_t kMcstCtrl = 0x05090;  // 8.2.3.7
inline constexpr std::uint32_t kRxCsum = 0x05000;    // 8.2.3.7.5
inline constexpr std::uint32_t kRfctl = 0x05008;     // 8.2.3.7.6
inline constexpr Range kMta{0x05200, 128};           // 8.2.3.7.7
inline constexpr Range kRal{0x0A200, 128, 8};        // 8.2.3.7.8
inline constexpr Range kRah{0x0A204, 128, 8};        // 8.2.3.7.9
inline constexpr Range kRalAlias{0x05400, 16, 8};    // 8.2.3.7.8, the second address of the first 16
inline constexpr Range kRahAlias{0x05404, 16, 8};    // 8.2.3.7.9
inline constexpr Range kPsrtype{0x0EA00, 64};        // 8.2.3.7.4
inline constexpr Range kVfta{0x0A000, 128};          // 8.2.3.7.11
inline constexpr std::uint32_t kMrqc = 0x05818;      // 8.2.3.7.12
inline constexpr Range kRssrk{0x05C80, 10};          // 8.2.3.7.14
inline constexpr Range kReta{0x05C00, 32};           // 8.2.3.7.15
inline constexpr Range kEtqf{0x05128, 8};            // 8.2.3.7.21
inline constexpr Range kEtqs{0x0EC00, 8};            // 8.2.3.7.22
inline constexpr Range kUta{0x0F400, 128};           // 8.2.3.27.12
inline constexpr Range kMpsar{0x0A600, 256};         // 8.2.3.7.10, pools of receive addresses, 64 bits each
inline constexpr std::uint32_t kRtrup2tc = 0x03020;  // 8.2.3.10.4, traffic classes of priorities
inline constexpr std::uint32_t kFdirCtrl = 0x0EE00;  // 8.2.3.21 (flow director)
inline constexpr std::uint32_t kFdirCmd = 0x0EE2C;   // 8.2.3.21
inline constexpr std::uint32_t kFdirFree = 0x0EE38;  // 8.2.3.21
inline constexpr std::uint32_t kFdirIpSa = 0x0EE18, kFdirIpDa = 0x0EE1C, kFdirPort = 0x0EE20;    // 8.2.3.21
inline constexpr std::uint32_t kFdirVlan = 0x0EE24, kFdirHash = 0x0EE28;                         // 8.2.3.21
inline constexpr std::uint32_t kFdirDip4M = 0x0EE3C, kFdirSip4M = 0x0EE40, kFdirTcpM = 0x0EE44;  // 8.2.3.21
inline constexpr std::uint32_t kFdirUdpM = 0x0EE48, kFdirHashKey = 0x0EE68;                      // 8.2.3.21
inline constexpr std::uint32_t kFdirSignatureKey = 0x0EE6C, kFdirM = 0x0EE70;                    // 8.2.3.21
inline constexpr Range kSaqf{0x0E000, 128};                                                      // 8.2.3.7.16
inline constexpr Range kDaqf{0x0E200, 128};                                                      // 8.2.3.7.17
inline constexpr Range kSdpqf{0x0E400, 128};                                                     // 8.2.3.7.18
inline constexpr Range kFtqf{0x0E600, 128};                                                      // 8.2.3.7.19
inline constexpr Range kL34Timir{0x0E800, 128};                                                  // 8.2.3.7.22
inline constexpr std::uint32_t kSynqf = 0x0EC30;                                                 // 8.2.3.7.20

// 8.2.3.27 Pools
inline constexpr std::uint32_t kVtCtl = 0x051B0;     // 8.2.3.27.1
inline constexpr Range kVfReceive{0x051E0, 2};       // PFVFRE
inline constexpr std::uint32_t kVtSwitch = 0x08220;  // PFDTXGSWC
inline constexpr Range kVmolr{0x0F000, 64};          // PFVML2FLT
inline constexpr Range kVlvf{0x0F100, 64};           // PFVLVF
inline constexpr Range kVlvfPools{0x0F200, 128};     // PFVLVFB, 64 bits each

// 8.2.3.8 Receive DMA. Queues 0 to 63 and 64 to 127 stand in two places; see queue_registers.hpp for what is
// inside.
inline constexpr Range kRxQueuesLow{0x01000, 64, 0x40};
inline constexpr Range kRxQueuesHigh{0x0D000, 64, 0x40};
inline constexpr Range kSrrctlAlias{0x02100, 16};     // 8.2.3.8.7, the second address of the first 16
inline constexpr Range kDcaRxctrlAlias{0x02200, 16};  // 8.2.3.11.1, likewise
inline constexpr std::uint32_t kRdrxctl = 0x02F00;    // 8.2.3.8.8
inline constexpr Range kRxpbsize{0x03C00, 8};         // 8.2.3.8.9
inline constexpr std::uint32_t kRxctrl = 0x03000;     // 8.2.3.8.10
inline constexpr Range kRqsmr{0x02300, 32};           // 8.2.3.23 (which queue counts where)

// 8.2.3.9 Transmit DMA
inline constexpr std::uint32_t kDmatxctl = 0x04A80;    // 8.2.3.9.2
inline constexpr std::uint32_t kDtxtcpflgl = 0x04A88;  // 8.2.3.9.3
inline constexpr std::uint32_t kDtxtcpflgh = 0x04A8C;  // 8.2.3.9.4
inline constexpr Range kTxQueues{0x06000, 128, 0x40};
inline constexpr Range kTxpbsize{0x0CC00, 8};  // 8.2.3.9.13
inline constexpr Range kTqsm{0x08600, 32};     // 8.2.3.23 (which queue counts where)

// 8.2.3.12 Security
inline constexpr std::uint32_t kSecTxCtrl = 0x08800;  // 8.2.3.12.1
inline constexpr std::uint32_t kSecTxStat = 0x08804;  // 8.2.3.12.2
inline constexpr std::uint32_t kSecRxCtrl = 0x08D00;  // 8.2.3.12.5
inline constexpr std::uint32_t kSecRxStat = 0x08D04;  // 8.2.3.12.6

// 8.2.3.12 Time
inline constexpr std::uint32_t kSystimLow = 0x08C0C, kSystimHigh = 0x08C10, kTiminca = 0x08C14;
inline constexpr std::uint32_t kTsyncRxCtl = 0x05188, kRxStampLow = 0x051E8, kRxStampHigh = 0x051A4;
inline constexpr std::uint32_t kRxMtrl = 0x05120;
inline constexpr std::uint32_t kTsyncTxCtl = 0x08C00, kTxStampLow = 0x08C04, kTxStampHigh = 0x08C08;

// 8.2.3.22 MAC
inline constexpr std::uint32_t kHlreg0 = 0x04240;   // 8.2.3.22.8
inline constexpr std::uint32_t kMsca = 0x0425C;     // 8.2.3.22.11
inline constexpr std::uint32_t kMsrwd = 0x04260;    // 8.2.3.22.12
inline constexpr std::uint32_t kMaxfrs = 0x04268;   // 8.2.3.22.13
inline constexpr std::uint32_t kMflcn = 0x04294;    // 8.2.3.22.34
inline constexpr std::uint32_t kAutoc = 0x042A0;    // 8.2.3.22.19
inline constexpr std::uint32_t kLinks = 0x042A4;    // 8.2.3.22.20
inline constexpr std::uint32_t kLinks2 = 0x04324;   // 8.2.3.22.21
inline constexpr std::uint32_t kAutoc2 = 0x042A8;   // 8.2.3.22.22
inline constexpr std::uint32_t kAnlp1 = 0x042B0;    // 8.2.3.22.23
inline constexpr std::uint32_t kMacc = 0x04330;     // 8.2.3.22.30
inline constexpr std::uint32_t kCoreCtl = 0x14F00;  // the analog core's port, written from the SFP init lists

}  // namespace ixyflow::model::reg
