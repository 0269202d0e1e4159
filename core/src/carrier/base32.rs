//! Crockford's base32 in lower case, without padding. Mail systems change the case of URLs; nothing else is forgiven.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The value of each byte, 255 for those outside the alphabet; capitals count as their small letters.
const VALUES: [u8; 256] = values();

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time, where an index out of bounds is a build error")]
const fn values() -> [u8; 256] {
    let mut values = [255; 256];
    let mut n = 0;
    while n < 32 {
        values[ALPHABET[n] as usize] = n as u8;
        values[ALPHABET[n].to_ascii_uppercase() as usize] = n as u8;
        n += 1;
    }
    values
}

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut bits, mut count) = (0_u32, 0);
    let mut push = |five: u32| text.push(ALPHABET.get(five as usize & 31).map_or('0', |b| char::from(*b)));
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            push(bits >> count);
        }
        bits &= (1 << count) - 1; // fewer than 5 bits are left
    }
    if count > 0 {
        push(bits << (5 - count));
    }
    text
}

/// Decodes into `out`, which must be large enough; `None` unless the text is the one spelling of its bytes.
pub(super) fn decode<'o>(text: &[u8], out: &'o mut [u8]) -> Option<&'o [u8]> {
    let length = text.len() * 5 / 8;
    // A length that no whole number of bytes has.
    if (length * 8).div_ceil(5) != text.len() {
        return None;
    }
    let out = out.get_mut(..length)?;
    let mut groups = text.chunks_exact(8);
    let mut places = out.chunks_mut(5);
    let mut bad = 0_u8;
    for (group, place) in groups.by_ref().zip(places.by_ref()) {
        let mut bits = 0_u64;
        for byte in group {
            let value = value(*byte);
            bad |= value;
            bits = bits << 5 | u64::from(value & 31);
        }
        let [_, _, _, bytes @ ..] = bits.to_be_bytes();
        place.copy_from_slice(&bytes);
    }
    let (mut bits, mut count) = (0_u32, 0);
    let mut place = places.next().unwrap_or_default().iter_mut();
    for byte in groups.remainder() {
        let value = value(*byte);
        bad |= value;
        bits = bits << 5 | u32::from(value & 31);
        count += 5;
        if count >= 8 {
            count -= 8;
            if let Some(place) = place.next() {
                *place = (bits >> count) as u8;
            }
            bits &= (1 << count) - 1;
        }
    }
    // The bits that no byte needs are zero in the one spelling; values above 31 are no letters.
    (bits == 0 && bad < 32).then_some(&*out)
}

fn value(byte: u8) -> u8 {
    VALUES.get(byte as usize).copied().unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The naive twin: one big number.
    fn naive(bytes: &[u8]) -> String {
        let mut bits: String = bytes.iter().map(|b| format!("{b:08b}")).collect();
        while !bits.len().is_multiple_of(5) {
            bits.push('0');
        }
        bits.as_bytes()
            .chunks(5)
            .map(|five| ALPHABET[usize::from_str_radix(std::str::from_utf8(five).unwrap(), 2).unwrap()] as char)
            .collect()
    }

    proptest! {
        #[test]
        fn encoding_agrees_with_the_naive_twin_and_decodes(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let text = encode(&bytes);
            prop_assert_eq!(&text, &naive(&bytes));
            let mut out = [0; 128];
            prop_assert_eq!(decode(text.as_bytes(), &mut out), Some(bytes.as_slice()));
            prop_assert_eq!(decode(text.to_uppercase().as_bytes(), &mut out), Some(bytes.as_slice()));
        }

        #[test]
        fn only_the_one_spelling_decodes(text in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut out = [0; 128];
            if let Some(bytes) = decode(&text, &mut out) {
                prop_assert_eq!(encode(bytes).into_bytes(), text.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn look_alikes_and_stray_bits_are_refused() {
        let mut out = [0; 8];
        for bad in ["0i", "0l", "0o", "0u", "0-", "01", "0", "000", "00 ", "0\u{0}"] {
            assert_eq!(decode(bad.as_bytes(), &mut out), None, "{bad}");
        }
        assert_eq!(decode(b"00", &mut out), Some(&[0][..]));
        assert_eq!(decode(b"zw", &mut out), Some(&[255][..]));
    }
}
