//! Languages, and the words of each. The texts are the FTL files in `locales/`; `build.rs` makes one typed method per
//! message from them, so a text that one language lacks does not compile.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// A language the pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    En,
    /// Czech.
    Cs,
}

impl Language {
    /// Every language, in the order in which pages offer them.
    pub const ALL: [Self; 2] = [Self::En, Self::Cs];

    /// The code of BCP 47, as `lang` attributes, the database and the `language` field carry it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Cs => "cs",
        }
    }

    /// The language's name in itself.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Cs => "Čeština",
        }
    }

    /// The language of a code; `None` for a language we do not speak.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The language of ours that an `Accept-Language` header (RFC 9110 §12.5.4) likes best; `None` when it names
    /// none. Regions are ignored: `cs-CZ` is Czech. The first of equally liked ones wins.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            let Some(language) = Self::parse(&primary) else { continue };
            let quality = match parts.find_map(|part| part.trim().strip_prefix("q=")) {
                Some(value) => {
                    value.trim().parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0)
                }
                None => 1.0,
            };
            if quality > best.map_or(0.0, |(best, _)| best) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// The words of one language: a handle as cheap as a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    language: Language,
}

impl Words {
    /// The words of a language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self { language }
    }

    /// The language of these words.
    #[must_use]
    pub fn language(self) -> Language {
        self.language
    }

    /// A message that takes arguments. `build.rs` has seen that it exists and takes these.
    fn format(self, id: &str, arguments: &[(&'static str, FluentValue<'_>)]) -> String {
        let bundle: &FluentBundle<FluentResource> = match self.language {
            Language::En => &ENGLISH,
            Language::Cs => &CZECH,
        };
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let mut values = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            values.set(*name, value.clone());
        }
        bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }
}

static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::En, EN));
static CZECH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::Cs, CS));

fn bundle(language: Language, source: &str) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Pages are one language from left to right; the invisible isolation marks would end up in copied text.
    bundle.set_use_isolating(false);
    // NUMBER writes digits and nothing else; the only failure is that it is known already.
    let _ = bundle.add_builtins();
    // `build.rs` has parsed the same text and would have refused it.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

/// A whole number in a message, whatever its width.
pub trait Number {
    /// The number itself.
    fn number(&self) -> i64;
}

macro_rules! numbers {
    ($($width:ty),*) => {$(
        impl Number for $width {
            fn number(&self) -> i64 {
                i64::from(*self)
            }
        }
    )*};
}
numbers!(i8, i16, i32, i64, u8, u16, u32);

impl Number for usize {
    fn number(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}

impl<T: Number + ?Sized> Number for &T {
    fn number(&self) -> i64 {
        (**self).number()
    }
}
