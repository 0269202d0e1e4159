//! Lenient reading: what mail programs, chats and people do to links is undone, and every step is remembered.

use super::lint::LinkWarning;
use std::borrow::Cow;
use std::ops::Range;

/// A text that was repaired, and where its parts came from.
#[derive(Debug)]
pub(super) struct Repaired<'a> {
    pub(super) text: Cow<'a, str>,
    /// What was done, by places in the text as it was given.
    pub(super) done: Vec<(LinkWarning, Range<usize>)>,
    /// For the end of each step, the last first: from which place on, which place before it.
    steps: Vec<Vec<(usize, usize)>>,
    /// The length of the text as it was given.
    len: usize,
}

impl<'a> Repaired<'a> {
    pub(super) fn of(given: &'a str) -> Self {
        let mut done = Vec::new();
        let kept = bounds(given, &mut done);
        let body = given.get(kept.clone()).unwrap_or_default();
        let mut repaired = Self { text: Cow::Borrowed(body), done, steps: vec![vec![(0, kept.start)]], len: given.len() };
        repaired.unescape();
        repaired.add_scheme();
        repaired.add_separator();
        repaired.lift_query();
        repaired
    }

    /// Where a range of the repaired text stood before.
    pub(super) fn given(&self, range: Range<usize>) -> Range<usize> {
        let start = self.steps.iter().rev().fold(range.start, |at, step| back(step, at));
        // What was put in stood nowhere; it leads to where it was put.
        let start = start.min(self.len);
        if range.is_empty() {
            return start..start;
        }
        let last = self.steps.iter().rev().fold(range.end - 1, |at, step| back(step, at));
        start..(last.max(start) + 1).min(self.len)
    }

    /// `&amp;` and its numeric forms stand for `&`, however often they were escaped.
    fn unescape(&mut self) {
        const ESCAPES: [&str; 4] = ["amp;", "#38;", "#038;", "#x26;"];
        let skip = |text: &str| {
            let mut skipped = 0;
            while let Some(escape) =
                ESCAPES.iter().find(|e| text.get(skipped..skipped + e.len()).is_some_and(|t| t.eq_ignore_ascii_case(e)))
            {
                skipped += escape.len();
            }
            skipped
        };
        let (mut text, mut step) = (String::new(), vec![(0, 0)]);
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find('&')).map(|at| from + at + 1) {
            let skipped = skip(self.text.get(at..).unwrap_or_default());
            text.push_str(self.text.get(from..at).unwrap_or_default());
            if skipped > 0 {
                self.done.push((LinkWarning::HtmlEscaped, self.given(at - 1..at + skipped)));
                step.push((text.len(), at + skipped));
            }
            from = at + skipped;
        }
        if step.len() > 1 {
            text.push_str(self.text.get(from..).unwrap_or_default());
            self.take(text, step);
        }
    }

    fn add_scheme(&mut self) {
        let missing = if self.text.starts_with("//") {
            "https:"
        } else {
            let authority = self.text.split(['/', '?', '#']).next().unwrap_or_default();
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            let is_host = host.contains('.') && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
            if !is_host || !port.bytes().all(|b| b.is_ascii_digit()) {
                return;
            }
            "https://"
        };
        self.done.push((LinkWarning::MissingScheme, self.given(0..0)));
        let text = format!("{missing}{}", self.text);
        self.take(text, vec![(0, 0), (missing.len(), 0)]);
    }

    /// `/page&a=b` without a `?` anywhere.
    fn add_separator(&mut self) {
        let end = self.text.find('#').unwrap_or(self.text.len());
        let before = self.text.get(..end).unwrap_or_default();
        let Some(at) = before.find('&').filter(|_| !before.contains('?')) else { return };
        if !before.get(at..).is_some_and(|rest| rest.contains('=')) {
            return;
        }
        self.done.push((LinkWarning::NoQuerySeparator, self.given(at..at + 1)));
        let mut text = self.text.clone().into_owned();
        text.replace_range(at..at + 1, "?");
        self.text = Cow::Owned(text);
    }

    /// `#part?a=b`: the parameters belong before the fragment.
    fn lift_query(&mut self) {
        let Some((before, fragment)) = self.text.split_once('#') else { return };
        let Some((kept, query)) = fragment.split_once('?').filter(|(_, query)| query.contains('=')) else { return };
        let glue = if before.contains('?') { '&' } else { '?' };
        let (at, rest) = (before.len() + 1 + kept.len(), before.len() + 1 + query.len());
        let text = format!("{before}{glue}{query}#{kept}");
        let step = vec![(0, 0), (before.len(), at), (rest, before.len())];
        self.done.push((LinkWarning::QueryInFragment, self.given(at..self.text.len())));
        self.take(text, step);
    }

    fn take(&mut self, text: String, step: Vec<(usize, usize)>) {
        self.text = Cow::Owned(text);
        self.steps.push(step);
    }
}

/// A step's places rise; the last that is not behind `at` holds.
fn back(step: &[(usize, usize)], at: usize) -> usize {
    let n = step.partition_point(|(from, _)| *from <= at);
    n.checked_sub(1).and_then(|n| step.get(n)).map_or(at, |(from, before)| before + (at - from))
}

/// The part of a text that is the URL: without blanks and quotes around it, and without what is glued on behind a blank.
fn bounds(given: &str, done: &mut Vec<(LinkWarning, Range<usize>)>) -> Range<usize> {
    let is_blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}');
    let (start, end) = (given.len() - given.trim_start_matches(is_blank).len(), given.trim_end_matches(is_blank).len());
    let mut range = if start < end { start..end } else { 0..0 };
    for blank in [0..range.start, range.end..given.len()] {
        if !blank.is_empty() {
            done.push((LinkWarning::SurroundingSpace, blank));
        }
    }
    const QUOTES: [(char, char); 8] = [('<', '>'), ('"', '"'), ('\'', '\''), ('(', ')'), ('`', '`'), ('“', '”'), ('„', '“'), ('«', '»')];
    let body = given.get(range.clone()).unwrap_or_default();
    if let Some((open, close)) = QUOTES.iter().find(|(open, _)| body.starts_with(*open)) {
        done.push((LinkWarning::SurroundingQuotes, range.start..range.start + open.len_utf8()));
        range.start += open.len_utf8();
        let inside = given.get(range.clone()).unwrap_or_default();
        if let Some(at) = inside.find(*close).map(|at| range.start + at) {
            done.push((LinkWarning::SurroundingQuotes, at..at + close.len_utf8()));
            if at + close.len_utf8() < range.end {
                done.push((LinkWarning::TrailingGarbage, at + close.len_utf8()..range.end));
            }
            range.end = at;
        }
    }
    if let Some(at) = given.get(range.clone()).and_then(|body| body.find(is_blank)).map(|at| range.start + at) {
        done.push((LinkWarning::TrailingGarbage, at..range.end));
        range.end = at;
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_lead_back_to_the_given_text() {
        for (given, repaired, piece) in [
            (" \"shop.example/a&amp;b=1\" x", "https://shop.example/a?b=1", "b=1"),
            ("https://a.b/?x=1&#038;y=2&amp;amp;z=3", "https://a.b/?x=1&y=2&z=3", "z=3"),
            ("https://a.b/c#d=1?e=2&f=3", "https://a.b/c?e=2&f=3#d=1", "f=3"),
            ("https://a.b/c?x#d=1?e=2&f=3", "https://a.b/c?x&e=2&f=3#d=1", "d=1"),
            ("//a.b/c d", "https://a.b/c", "a.b/c"),
            ("javascript:alert(1)", "javascript:alert(1)", "alert"),
            ("a.b:80/?c", "https://a.b:80/?c", "?c"),
        ] {
            let result = Repaired::of(given);
            assert_eq!(result.text, repaired);
            let at = repaired.find(piece).unwrap();
            assert_eq!(given.get(result.given(at..at + piece.len())), Some(piece), "{given}");
        }
    }

    proptest! {
        #[test]
        fn every_range_lies_in_the_given_text(given in "[ <\"'&amp;#38?/:.a-c=ä]{0,30}") {
            let result = Repaired::of(&given);
            for (_, range) in &result.done {
                prop_assert!(given.get(range.clone()).is_some(), "{:?}", range);
            }
            for at in 0..result.text.len() {
                prop_assert!(result.given(at..at + 1).end <= given.len());
            }
        }
    }
}
