//! Moments in the words of a language and the operator's time zone: "today 14:02", "12 October 2026, 9:15".

use countersign::Timestamp;
use jiff::{Zoned, civil::Date, tz::TimeZone};

use crate::l10n::{Language, Words};
use crate::pages::Moment;

/// Writes moments for one page.
#[derive(Clone, Debug)]
pub struct Moments {
    words: Words,
    zone: TimeZone,
    now: Timestamp,
}

impl Moments {
    /// Moments in these words and this zone, seen from `now`.
    pub fn new(words: Words, zone: TimeZone, now: Timestamp) -> Self {
        Self { words, zone, now }
    }

    /// A day near `now` in its own word, with the time; any other with its date.
    pub fn of(&self, at: Timestamp) -> Moment {
        let Some(there) = self.zoned(at) else { return unreadable() };
        let time = self.time(&there);
        let text = match self.zoned(self.now).map(|now| days_apart(now.date(), there.date())) {
            Some(0) => self.words.moment_today(time),
            Some(-1) => self.words.moment_yesterday(time),
            Some(1) => self.words.moment_tomorrow(time),
            _ => self.words.moment_on(self.date(&there), time),
        };
        Moment::new(at_utc(at), text)
    }

    /// The same to the second, rounded up, where somebody waits for it.
    pub fn to_the_second(&self, at: Timestamp) -> Moment {
        let whole = Timestamp::from_seconds(at.milliseconds().saturating_add(999).div_euclid(1000));
        let seconds = self.zoned(whole).map(|there| format!(":{:02}", there.second()));
        let Moment { iso, text } = self.of(whole);
        Moment::new(iso, text + &seconds.unwrap_or_default())
    }

    /// A moment inside a sentence. No script puts it into the reader's own zone, so it names the one it is in.
    pub fn in_a_sentence(&self, at: Timestamp) -> String {
        self.with_zone(&self.of(at))
    }

    /// The same to the second, rounded up, where somebody waits for it.
    pub fn in_a_sentence_to_the_second(&self, at: Timestamp) -> String {
        self.with_zone(&self.to_the_second(at))
    }

    /// A moment in a letter, which is read on any day: with its date and its zone.
    pub fn in_a_letter(&self, at: Timestamp) -> String {
        let Some(there) = self.zoned(at) else { return unreadable().text };
        format!("{} ({})", self.words.moment_on(self.date(&there), self.time(&there)), self.zone())
    }

    fn with_zone(&self, moment: &Moment) -> String {
        format!("{} ({})", moment.text, self.zone())
    }

    /// The day alone.
    pub fn day(&self, at: Timestamp) -> Moment {
        let Some(there) = self.zoned(at) else { return unreadable() };
        Moment::new(at_utc(at), self.date(&there))
    }

    /// The name of the zone: "UTC", "Europe/Prague".
    pub fn zone(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }

    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        let moment = jiff::Timestamp::from_millisecond(at.milliseconds()).ok()?;
        Some(moment.to_zoned(self.zone.clone()))
    }

    fn time(&self, there: &Zoned) -> String {
        match self.words.language() {
            Language::En => format!("{:02}:{:02}", there.hour(), there.minute()),
            Language::Cs => format!("{}:{:02}", there.hour(), there.minute()),
        }
    }

    fn date(&self, there: &Zoned) -> String {
        self.words.moment_date(i64::from(there.day()), i64::from(there.month()), i64::from(there.year()))
    }
}

fn days_apart(from: Date, to: Date) -> i32 {
    from.until(to).map_or(i32::MAX, |span| span.get_days())
}

/// RFC 3339 in UTC, to the second.
fn at_utc(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map(|moment| moment.to_string()).unwrap_or_default()
}

/// A moment beyond every calendar, which only a damaged clock can make.
fn unreadable() -> Moment {
    Moment::new("", "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 14:02 in UTC, 15:02 in Prague.
    const NOW: Timestamp = Timestamp::from_seconds(1_795_356_120);

    fn text(language: Language, zone: &str, at: Timestamp) -> String {
        Moments::new(Words::of(language), TimeZone::get(zone).unwrap(), NOW).of(at).text
    }

    #[test]
    fn near_days_have_words_and_far_ones_dates_in_the_operators_zone() {
        let day = countersign::Span::days(1);
        assert_eq!(text(Language::En, "UTC", NOW), "today 14:02");
        assert_eq!(text(Language::En, "UTC", NOW - day), "yesterday 14:02");
        assert_eq!(text(Language::En, "UTC", NOW + day), "tomorrow 14:02");
        assert_eq!(text(Language::En, "UTC", NOW + countersign::Span::days(30)), "22 December 2026, 14:02");
        assert_eq!(text(Language::Cs, "Europe/Prague", NOW), "dnes 15:02");
        assert_eq!(text(Language::En, "Europe/Prague", NOW + countersign::Span::hours(9)), "tomorrow 00:02");
    }

    #[test]
    fn somebody_who_waits_is_told_the_second_at_which_waiting_is_over() {
        let moments = Moments::new(Words::of(Language::En), TimeZone::UTC, NOW);
        let until = NOW + countersign::Span::milliseconds(29_001);
        assert_eq!(moments.to_the_second(until), Moment::new("2026-11-22T14:02:30Z", "today 14:02:30"));
    }

    #[test]
    fn a_moment_inside_a_sentence_names_its_zone() {
        let moments = Moments::new(Words::of(Language::Cs), TimeZone::get("Europe/Prague").unwrap(), NOW);
        assert_eq!(moments.in_a_sentence(NOW), "dnes 15:02 (Europe/Prague)");
        assert_eq!(moments.in_a_letter(NOW), "22.\u{a0}listopadu 2026 15:02 (Europe/Prague)");
        assert_eq!(moments.in_a_sentence_to_the_second(NOW), "dnes 15:02:00 (Europe/Prague)");
    }

    #[test]
    fn the_machine_readable_form_is_utc_and_a_broken_clock_does_not_panic() {
        let moments = Moments::new(Words::of(Language::En), TimeZone::UTC, NOW);
        assert_eq!(moments.of(NOW).iso, "2026-11-22T14:02:00Z");
        assert_eq!(moments.of(Timestamp::from_milliseconds(i64::MAX)).text, "?");
        assert_eq!(moments.day(Timestamp::from_seconds(0)).text, "1 January 1970");
        assert_eq!(moments.zone(), "UTC");
    }
}
