use crate::error::quote;
use crate::{Error, ErrorCode, Result};

/// An ISO 4217 currency with its number of decimal digits (0, 2, 3 or 4).
///
/// The digits are ISO's own. CLDR's, which most formatting libraries print, differ for 16 currencies.
///
/// # Example
/// ```
/// use sentby::Currency;
/// assert_eq!(Currency::new("KWD")?.digits(), 3);
/// assert_eq!(Currency::new("eur").unwrap_err().code().as_str(), "currency_unknown");
/// # Ok::<(), sentby::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    digits: u8,
}

impl Currency {
    /// The currency with this code of three capital letters.
    ///
    /// # Errors
    /// `currency_unknown`.
    pub fn new(code: &str) -> Result<Self> {
        let unknown = || Error::new(ErrorCode::CurrencyUnknown, format!("{} is no ISO 4217 currency code", quote(code)));
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        let (_, digits) =
            TABLE.iter().find(|(codes, _)| codes.as_bytes().chunks(4).any(|chunk| chunk.starts_with(&bytes))).ok_or_else(unknown)?;
        Ok(Self { code: bytes, digits: *digits })
    }

    /// The code, three capital letters.
    pub fn as_str(&self) -> &str {
        // INVARIANT: the bytes were found in TABLE, which is ASCII.
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// The number of digits after the decimal point: 0, 2, 3 or 4.
    pub const fn digits(self) -> u32 {
        self.digits as u32
    }

    /// Every currency, by code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = TABLE
            .iter()
            .flat_map(|(codes, digits)| {
                codes.split(' ').filter_map(|code| Some(Self { code: code.as_bytes().try_into().ok()?, digits: *digits }))
            })
            .collect();
        all.sort_unstable();
        all
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// ISO 4217, list one (current currencies and funds) as amended in 2025, without the codes that have no
/// minor unit (metals, bond units, XDR, XSU, XUA, XTS, XXX). BGN stays for orders from before 2026.
const TABLE: &[(&str, u8)] = &[
    (
        "EUR USD GBP CHF AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHW \
         CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB FJD FKP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES \
         KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD \
         PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD \
         TWD TZS UAH USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
        2,
    ),
    ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0),
    ("BHD IQD JOD KWD LYD OMR TND", 3),
    ("CLF UYW", 4),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_is_found_once_by_its_code() {
        let all = Currency::all();
        assert_eq!(all.len(), 166);
        for pair in all.windows(2) {
            assert!(pair[0] < pair[1], "{} and {}", pair[0], pair[1]);
        }
        for currency in all {
            assert_eq!(Currency::new(currency.as_str()).unwrap(), currency);
        }
        for bad in ["", "EU", "EURO", "eur", "XXX", "XAU", "UR ", " EU", "R U", "€€€"] {
            assert_eq!(Currency::new(bad).unwrap_err().code(), ErrorCode::CurrencyUnknown, "{bad}");
        }
    }
}
