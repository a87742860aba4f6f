//! Units of measure: common codes of UN/ECE Recommendation 20, packaging codes of Recommendation 21 behind an `X` (`XBX` is
//! a box), and the packaging codes of earlier revisions that trade still writes without it (BG BO BX CS CT PA PK RO).
//!
//! Deliberately absent: names, factors, conversions. How many pieces a case holds is a fact of the item.

use crate::codes::code_type;

const CODES: &[&str] = &[
    "10", "11", "13", "14", "15", "20", "21", "22", "23", "24", "25", "27", "28", "2A", "2C", "2G", "2H", "2I", "2J",
    "2M", "2N", "2P", "2Q", "2R", "2U", "2X", "2Y", "2Z", "33", "37", "38", "3B", "3C", "40", "41", "4C", "4G", "4H",
    "4K", "4L", "4M", "4N", "4O", "4P", "4Q", "4R", "4T", "4U", "4W", "4X", "5A", "5B", "5J", "A8", "A9", "A90", "A91",
    "A97", "A99", "AA", "AB", "ACR", "ACT", "AD", "AE", "AH", "AI", "AK", "AL", "AMH", "AMP", "ANN", "APZ", "AQ", "AS",
    "ASM", "ASU", "ATM", "AWG", "AY", "AZ", "B1", "B10", "B13", "B17", "B22", "B32", "B34", "B4", "B47", "B49", "B61",
    "B7", "B8", "BAR", "BB", "BFT", "BG", "BHP", "BIL", "BLD", "BLL", "BO", "BP", "BPM", "BQL", "BTU", "BUA", "BUI",
    "BX", "C0", "C26", "C34", "C45", "C47", "C62", "C65", "CCT", "CDL", "CEL", "CEN", "CG", "CGM", "CLF", "CLT", "CMK",
    "CMQ", "CMT", "CNP", "CNT", "COU", "CS", "CT", "CTG", "CTM", "CTN", "CUR", "CWA", "CWI", "DAA", "DAD", "DAY", "DB",
    "DD", "DEC", "DG", "DJ", "DLT", "DMA", "DMK", "DMO", "DMQ", "DMT", "DPC", "DPR", "DPT", "DRA", "DRI", "DRL", "DT",
    "DTN", "DWT", "DZN", "DZP", "E34", "E35", "E36", "E37", "E38", "E39", "E4", "E48", "E49", "E50", "E51", "E52",
    "E53", "E54", "E55", "E56", "EA", "EB", "EQ", "FAH", "FAR", "FBM", "FC", "FF", "FH", "FIT", "FL", "FOT", "FP",
    "FR", "FS", "FTK", "FTQ", "G2", "G3", "GB", "GBQ", "GDW", "GE", "GF", "GFI", "GGR", "GIA", "GIC", "GII", "GIP",
    "GJ", "GL", "GLD", "GLI", "GLL", "GM", "GO", "GP", "GQ", "GRM", "GRN", "GRO", "GV", "GWH", "H87", "HA", "HBA",
    "HBX", "HC", "HDW", "HEA", "HGM", "HH", "HIU", "HKM", "HLT", "HM", "HMQ", "HMT", "HPA", "HTZ", "HUR", "IA", "IE",
    "INH", "INK", "INQ", "ISD", "IU", "IV", "JOU", "K6", "KA", "KAT", "KB", "KBA", "KCC", "KDW", "KEL", "KGM", "KGS",
    "KHY", "KHZ", "KI", "KIC", "KIP", "KJ", "KJO", "KL", "KLK", "KMA", "KMH", "KMK", "KMQ", "KMT", "KNI", "KNM", "KNS",
    "KNT", "KO", "KPA", "KPH", "KPO", "KPP", "KR", "KSD", "KSH", "KT", "KTN", "KUR", "KVA", "KVR", "KVT", "KW", "KWH",
    "KWO", "KWT", "KX", "L2", "LA", "LAC", "LBR", "LBT", "LD", "LEF", "LF", "LH", "LK", "LM", "LN", "LO", "LP", "LPA",
    "LR", "LS", "LTN", "LTR", "LUB", "LUM", "LUX", "LY", "M1", "M4", "M5", "M7", "MAL", "MAM", "MAR", "MAW", "MBE",
    "MBF", "MBR", "MC", "MCU", "MD", "MGM", "MHZ", "MIK", "MIL", "MIN", "MIO", "MIU", "MLD", "MLT", "MMK", "MMQ",
    "MMT", "MND", "MON", "MPA", "MQH", "MQS", "MSK", "MTK", "MTQ", "MTR", "MTS", "MVA", "MWH", "N1", "N3", "NA", "NAR",
    "NCL", "NEW", "NF", "NIL", "NIU", "NL", "NM3", "NMI", "NMP", "NPT", "NT", "NTT", "NU", "NX", "OA", "ODE", "OHM",
    "ON", "ONZ", "OPM", "OT", "OZA", "OZI", "P1", "P2", "PA", "PAL", "PD", "PFL", "PGL", "PI", "PK", "PLA", "PO", "PQ",
    "PR", "PS", "PTD", "PTI", "PTL", "PTN", "Q3", "Q30", "QA", "QAN", "QB", "QR", "QTD", "QTI", "QTL", "QTR", "R1",
    "R9", "RH", "RM", "RO", "ROM", "RP", "RPM", "RPS", "RT", "SAN", "SCO", "SCR", "SEC", "SET", "SG", "SIE", "SM3",
    "SMI", "SQ", "SQR", "SR", "STC", "STI", "STK", "STL", "STN", "STW", "SW", "SX", "SYR", "T0", "T3", "TAH", "TAN",
    "TI", "TIC", "TIP", "TKM", "TMS", "TNE", "TP", "TPI", "TPR", "TQD", "TRL", "TST", "TTS", "U1", "U2", "UB", "UC",
    "VLT", "VP", "W2", "WA", "WB", "WCD", "WE", "WEB", "WEE", "WG", "WHR", "WM", "WSD", "WTT", "X1", "X4A", "X4C",
    "X4D", "X4F", "X4G", "X5H", "X5L", "X5M", "XAE", "XAF", "XAG", "XAH", "XAM", "XBA", "XBC", "XBE", "XBG", "XBJ",
    "XBK", "XBL", "XBN", "XBO", "XBR", "XBX", "XBY", "XCA", "XCI", "XCN", "XCO", "XCR", "XCS", "XCT", "XCU", "XCX",
    "XCY", "XDJ", "XDR", "XEN", "XFD", "XFI", "XFO", "XGB", "XHG", "XIN", "XJC", "XJG", "XJR", "XJT", "XJY", "XKG",
    "XLG", "XLT", "XLV", "XMB", "XMC", "XMS", "XMT", "XMX", "XNE", "XNS", "XNT", "XOT", "XPA", "XPB", "XPC", "XPE",
    "XPG", "XPH", "XPI", "XPK", "XPL", "XPN", "XPO", "XPP", "XPR", "XPT", "XPU", "XPX", "XRD", "XRG", "XRL", "XRO",
    "XRT", "XSA", "XSC", "XSD", "XSE", "XSH", "XSK", "XSL", "XSM", "XST", "XSU", "XSW", "XTB", "XTC", "XTD", "XTK",
    "XTN", "XTO", "XTR", "XTU", "XTY", "XVI", "XVL", "XVP", "XVR", "XWB", "XZZ", "YDK", "YDQ", "YRD", "Z11", "ZP",
    "ZZ",
];

code_type! {
    /// A unit of measure, by its UN/ECE code.
    Unit: u16, CODES, "a unit code of UN/ECE Recommendation 20"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_sorted() {
        let codes: Vec<&str> = Unit::all().map(Unit::as_str).collect();
        assert!(codes.is_sorted() && codes.len() > 500);
        assert!(codes.iter().all(|code| Unit::parse(code).is_ok_and(|unit| unit.as_str() == *code)));
    }

    #[test]
    fn knows_what_trade_uses() {
        for code in [
            "EA", "C62", "H87", "KGM", "GRM", "LBR", "ONZ", "MTR", "CMT", "INH", "LTR", "DZN", "PK", "BX", "XBX", "XPX",
        ] {
            assert!(Unit::parse(code).is_ok(), "{code}");
        }
        for bad in ["", "ea", "PCE", "NR", "EACH", "EACHES"] {
            assert!(Unit::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(const { Unit::constant("EA") }.as_str(), "EA");
    }
}
