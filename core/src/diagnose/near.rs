//! Ids that are almost the same.

use crate::error::words;
use crate::program::Affiliate;

/// The most near matches that are told.
const NEAR_MAX: usize = 5;

words! {
    /// How two ids differ.
    pub(super) Nearness: "nearness" {
        /// only the case differs
        Case => "case",
        /// the two look alike
        LookAlike => "look_alike",
        /// one letter differs
        OneLetter => "one_letter",
    }
}

/// The affiliates whose ids are almost what was typed, the nearest first.
pub(super) fn nearest<'a>(typed: &str, affiliates: &'a [Affiliate]) -> Vec<(&'a Affiliate, Nearness)> {
    if typed.is_empty() || typed.len() > 4 * crate::ID_MAX {
        return Vec::new();
    }
    let wanted = Wanted { typed, small: small(typed), skeleton: skeleton(typed) };
    let mut near: Vec<(Nearness, &Affiliate)> =
        affiliates.iter().filter_map(|affiliate| Some((wanted.how(affiliate.id.as_str())?, affiliate))).collect();
    near.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.id.as_str().cmp(y.id.as_str())));
    near.truncate(NEAR_MAX);
    near.into_iter().map(|(how, affiliate)| (affiliate, how)).collect()
}

pub(super) fn same_but_case(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b)
}

struct Wanted<'a> {
    typed: &'a str,
    small: Vec<char>,
    skeleton: String,
}

impl Wanted<'_> {
    fn how(&self, id: &str) -> Option<Nearness> {
        if same_but_case(self.typed, id) {
            return Some(Nearness::Case);
        }
        if !self.skeleton.is_empty() && self.skeleton == skeleton(id) {
            return Some(Nearness::LookAlike);
        }
        // Of two letters, one is half: that is another name.
        (self.small.len() > 2 && id.len() > 2 && one_letter(&self.small, &small(id))).then_some(Nearness::OneLetter)
    }
}

fn small(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Whether one letter too many, too few or another, or two that changed places, is all the difference.
fn one_letter(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let head = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) = (short.get(head..).unwrap_or_default(), long.get(head..).unwrap_or_default());
    match (short, long) {
        (short, [_, rest @ ..]) if short == rest => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([a, b, x @ ..], [c, d, y @ ..]) => a == d && b == c && x == y,
        _ => false,
    }
}

/// What is left of an id when all that looks alike is written alike, and separators are left out.
fn skeleton(text: &str) -> String {
    let mut skeleton = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        // Full-width letters are ASCII, 0xfee0 further on.
        let c = if ('\u{ff01}'..='\u{ff5e}').contains(&c) { char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c) } else { c };
        let alike = match c {
            '-' | '_' | '.' | '~' | '*' | '+' | ' ' | '\u{a0}' | '\u{200b}' | '\u{2010}'..='\u{2015}' | '\u{ad}' => continue,
            '0' | 'о' | 'ο' => 'o',
            '1' | 'i' | '|' | '!' | 'і' | 'ι' | 'ı' => 'l',
            '5' | 'ѕ' => 's',
            '8' => 'b',
            'а' | 'α' | 'ä' | 'á' | 'à' | 'â' | 'ã' | 'å' => 'a',
            'е' | 'ё' | 'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'l',
            'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' => 'o',
            'ü' | 'ú' | 'ù' | 'û' => 'u',
            'р' | 'ρ' => 'p',
            'с' | 'ç' => 'c',
            'х' | 'χ' => 'x',
            'у' | 'ý' | 'γ' => 'y',
            'к' | 'κ' => 'k',
            'в' => 'b',
            'н' => 'h',
            'т' => 't',
            'м' => 'm',
            'ј' => 'j',
            'ñ' => 'n',
            'ν' => 'v',
            other => other,
        };
        match (skeleton.chars().next_back(), alike) {
            (Some('r'), 'n') => {
                skeleton.pop();
                skeleton.push('m');
            }
            (Some('v'), 'v') => {
                skeleton.pop();
                skeleton.push('w');
            }
            _ => skeleton.push(alike),
        }
    }
    skeleton
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ids() {
        let how = |typed: &str, id: &str| Wanted { typed, small: small(typed), skeleton: skeleton(typed) }.how(id).map(|n| n.to_string());
        for (typed, id, expected) in [
            ("Anna.M", "anna.m", "case"),
            ("anna-m", "anna.m", "look_alike"),
            ("аnna", "anna", "look_alike"),
            ("ann4", "anna", "one_letter"),
            ("anan", "anna", "one_letter"),
            ("ana", "anna", "one_letter"),
            ("annna", "anna", "one_letter"),
            ("nna", "anna", "one_letter"),
            ("mamnut", "mammut", "one_letter"),
            ("rnammut", "mammut", "look_alike"),
            ("b0b", "bob", "look_alike"),
            ("ANNI", "anna", "one_letter"),
            ("bo", "bob", ""),
            ("anna", "bob", ""),
            ("---", "~", ""),
            ("jörg", "jorg", "look_alike"),
        ] {
            assert_eq!(how(typed, id).unwrap_or_default(), expected, "{typed} {id}");
        }
    }
}
