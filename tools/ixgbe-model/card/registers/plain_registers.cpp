#include "tools/ixgbe-model/card/registers/plain_registers.hpp"

namespace ixyflow::model {

namespace {

struct Plain {
  reg::Range range;
  std::uint32_t reset = 0;
  std::uint32_t writable = ~0U;
};

constexpr std::uint32_t kReadOnly = 0;

constexpr Plain kPlain[] = {
    // 8.2.3.1 General: TCPTIMER, LEDCTL, EXVET, MAC and PHY status
    {{0x0004C}},
    {{0x00200}},
    {{0x05078}, 0x81000000},
    // 8.2.3.2 EEPROM and flash: FLA, EEMNGCTL, EEMNGDATA, FLMNGCTL, FLMNGDATA, FLMNGCNT, FLOP, GRC
    {{0x1001C}},
    {{0x10110, 2}},
    {{0x10118, 3}},
    {{0x1013C}},
    {{0x10200}},
    // 8.2.3.3 Flow control: PFCTOP, FCTTV, FCRTL, FCRTH, FCRTV, FCCFG
    {{0x03008}},
    {reg::kFcttv},
    {reg::kFcrtl},
    {reg::kFcrth},
    {{0x032A0}},
    {{reg::kFccfg}},
    // 8.2.3.4 PCIe: GCR, GTV, FUNCTAG, statistics set-up and counts, GCR_EXT, PHY access, PBACL, DCA, CIAA,
    // CIAD
    {{0x11000, 16}},
    {{0x11040, 5}},
    {{0x11064}, 1, kReadOnly},
    {{0x11068, 2}},
    {{0x11070, 2}},
    {{0x11088, 2}},
    {{0x110B0, 8}},
    {{0x110E0, 8}},
    {{0x11100, 2}},
    {{0x10150}, 0, kReadOnly},
    // 8.2.3.5 PBACL and EITRSEL
    {{0x00894}},
    {{0x110C0, 2}},
    // 8.2.3.7 Receive: RXCSUM, RFCTL, PSRTYPE (and its second address), RQTC, LLITHRESH, IMIR, IMIREXT,
    // IMIRVP,
    // RXFECCERR0
    {{reg::kRxCsum}},
    {{reg::kRfctl}},
    {{0x0EA00, 64}},
    {{0x0EC70}},
    {{0x0EC90}},
    {{0x05A80, 17}},
    {{0x051B8}},
    // 8.2.3.21 Flow director: keys, masks, filter words, lengths; FDIRCTRL and FDIRCMD are FlowDirector's
    {{0x0EE04, 9}},
    {{0x0EE28}},
    {{0x0EE3C, 5}},
    {{0x0EE68, 5}},
    // 8.2.3.8 Receive DMA: RXPBSIZE, DROPEN, RSCDBU, RDDCC, STARCTRL, DMACR and its thresholds, RQSMR,
    // RXDSTATCTRL
    {reg::kRxpbsize, 0x200U << 10},
    {{0x03D04}},
    {{0x03028}},
    {{0x02F08}},
    {{0x02F20}},
    {{0x03024}},
    {{0x02400, 2}},
    {{0x03300, 8}},
    {reg::kRqsmr},
    {{0x02F40}},
    {{0x03190}},
    // 8.2.3.9 Transmit DMA: DTXMXSZRQ, MTQC, TXPBSIZE, TXPBTHRESH, MNGTXMAP, TIPG, TQSM, VFTE, VMECM,
    // PFVFSPOOF
    {{0x08100}, 0x010},
    {{0x08120}},
    {reg::kTxpbsize, 0xA0U << 10},
    {{0x04950}, 0x96},
    {{0x04954, 7}},
    {{0x0CD10}},
    {{0x0CB00}},
    {reg::kTqsm},
    {{0x08110, 2}},
    {{0x08790, 2}},
    {{0x08200, 9}},
    // 8.2.3.10 DCB: RTRPCS, RTTDCS, RTTPCS, RTRUP2TC, RTTUP2TC, weights and statuses, RTTDQSEL and what it
    // selects, rate limiters
    {{0x02430}},
    {{0x04900}, 0x00C00000},
    {{0x0CD00}, 0x224U << 22},
    {{0x03020}},
    {{0x0C800}},
    {{0x02140, 16}},
    {{0x082E0, 4}},
    {{0x04910, 16}},
    {{0x0CD20, 16}},
    {{0x04904, 3}},
    {{0x04980, 5}},
    {{0x04A90}},
    {{0x08B00, 6}},
    {{0x05150}},
    // 8.2.3.12 Security: minimum gaps and thresholds, LinkSec and IPsec tables
    {{0x08808}},
    {{0x08810}, 1},
    {{0x08A00, 20}},
    {{0x08F00, 33}},
    {{0x08900, 6}},
    {{0x08E00, 13}},
    // 8.2.3.13 Time stamps: RXSATRL, RXSATRH, TIMADJ, targets
    {{0x051A0}},
    {{0x051A8}},
    {{0x08C18, 13}},
    // 8.2.3.22 MAC: PCS1G, XGXS and 10GBASE-X status, SERDESC, MACS, backplane pages, PAP, MLADD, TREG,
    // LINKSP
    {{0x04200, 10}},
    {{0x04244, 6}},
    {{0x04264}},
    {{0x0426C}},
    {{0x04288, 3}},
    {{0x04298, 2}},
    {{0x042AC}},
    {{0x042B4}},
    {{0x042D0, 8}},
    {{0x04314, 2}},
    {{0x04328, 2}},
    {{0x04800}},
    // 8.2.3.23 Counters of parts that the model does not have: packet buffers 1 to 7, management, FCoE,
    // priorities
    {{0x04008}, 0, kReadOnly},
    {{0x04010}, 0, kReadOnly},
    {{0x03FA4, 7}, 0, kReadOnly},
    {{0x03F00, 16}, 0, kReadOnly},
    {{0x04140, 16}, 0, kReadOnly},
    {{0x03240, 8}, 0, kReadOnly},
    {{0x040B4, 2}, 0, kReadOnly},
    {{0x0CF90}, 0, kReadOnly},
    {{0x08780, 3}, 0, kReadOnly},
    {{0x02F5C, 9}, 0, kReadOnly},
    {{0x05118}, 0, kReadOnly},
    {{0x0241C}, 0, kReadOnly},
    {{0x02424, 3}, 0, kReadOnly},
    {{0x0EE50, 2}, 0, kReadOnly},
    // 8.2.3.24 Wake-up: WUC, WUFC, WUS, IPAV, address tables, WUPL, WUPM, flexible filters
    {{0x05800}},
    {{0x05808}},
    {{0x05810}},
    {{0x05838}},
    {{0x05840, 8}},
    {{0x05880, 4}},
    {{0x05900}},
    {{0x05A00, 32}},
    {{0x09000, 384}},
    {{0x09800, 128}},
    // 8.2.3.25 Management: MAVTV, MFUTP, MANC, MFVAL, MANC2H, MDEF, MIPAF, MMAL, METF, MDEF_EXT, BMCIP,
    // LSWFW, HICR
    {{0x05010, 8}},
    {{0x05030, 8}},
    {{0x05050, 5}},
    {{0x05820, 2}},
    {{0x05860}},
    {{0x05890, 16}},
    {{0x05910, 8}},
    {{0x05190, 4}},
    {{0x05160, 8}},
    {{0x09400, 256}},
    {{0x15F00, 6}},
    {{0x15800, 448}},
    // 8.2.3.26, 8.2.3.27 Virtual functions: mailboxes, resets, pools, switching, mirrors
    {{0x04B00, 64}},
    {{0x13000, 1024}},
    {{0x00700, 12}},
    {{0x00600}},
    {{0x001C0}},
    {{0x050B0, 2}},
    {{0x08000, 64}},
    {{0x05180, 2}},
    {{0x0F600, 16}},
    {{0x0F640, 8}},
    {{0x02F04}},
    // FCoE: direct placement contexts, filters, redirection
    {{0x02410, 3}},
    {{0x02420}},
    {{0x04A94, 2}},
    {{0x05158}},
    {{0x051F8}},
    {{0x05114}},
    {{0x05108, 3}},
    {{0x051D8}},
    {{0x05100}},
    {{0x0ED00}},
    {{0x0ED10, 8}},
    // Diagnostics of the packet buffers and pipes
    {{0x02C00, 9}},
    {{0x02F10, 4}},
    {{0x02F30, 2}},
    {{0x03100, 32}},
    {{0x03600, 8}},
    {{0x03700, 16}},
    {{0x0C100, 32}},
    {{0x0C600, 8}},
    {{0x0C700, 16}},
    {{0x0C300}},
    {{0x0CF70, 2}},
    {{0x03F70, 2}},
    {{0x082B0, 8}},
    {{0x042B8}},
    {{0x042C0, 4}},
    {{0x11090, 8}},
};

constexpr reg::Range kPsrtypeAlias{0x05480, 16};

}  // namespace

PlainRegisters::PlainRegisters(RegisterFile& file) {
  for (const Plain& plain : kPlain) file.plain(plain.range, plain.reset, plain.writable);
  file.alias(kPsrtypeAlias, reg::kPsrtype);
}

}  // namespace ixyflow::model
