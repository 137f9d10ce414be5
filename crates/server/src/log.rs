//! The log: lines for people or JSON for machines, to standard error.
//!
//! What is logged never holds a secret: the engine's secret types have no `Debug` and no `Display`.

use crate::config::{Log, LogFormat, LogLevel};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, fmt::MakeWriter, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// The log was started before.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the log was started twice")]
pub struct AlreadyStarted;

/// Starts the log of this process.
///
/// # Errors
/// [`AlreadyStarted`] the second time.
pub fn start(settings: &Log) -> Result<(), AlreadyStarted> {
    subscriber(settings, std::io::stderr).try_init().map_err(|_| AlreadyStarted)
}

fn subscriber<W>(settings: &Log, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_ansi(false).with_writer(writer);
    let lines = match settings.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    tracing_subscriber::registry().with(filter(settings.level)).with(lines)
}

/// Our crates at the level asked for; the crates we stand on speak up only for warnings.
fn filter(level: LogLevel) -> Targets {
    let ours = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // Targets match by prefix, so `countersign` means `countersign_server` and `countersign_store` too.
    Targets::new().with_target("countersign", ours).with_default(ours.min(LevelFilter::WARN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io,
        sync::{Arc, Mutex, PoisonError},
    };

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, level: LogLevel, speak: impl FnOnce()) -> String {
        let page = Page::default();
        let copy = page.clone();
        let subscriber = subscriber(&Log { format, level }, move || copy.clone());
        tracing::subscriber::with_default(subscriber, speak);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn people_get_one_line_an_event() {
        let log = written(LogFormat::Text, LogLevel::Info, || {
            tracing::info!(target: "countersign_server::web", status = 200, "answered");
            tracing::debug!(target: "countersign_server::web", "a detail");
        });
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains("INFO") && log.contains("answered") && log.contains("status=200"), "{log}");
    }

    #[test]
    fn machines_get_one_object_an_event_and_nobody_breaks_out_of_it() {
        let log = written(LogFormat::Json, LogLevel::Info, || {
            tracing::info!(target: "countersign_store", agent = "a\n{\"forged\":true}", "seen");
        });
        assert_eq!(log.lines().count(), 1, "{log}");
        let event: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(event["message"], "seen");
        assert_eq!(event["agent"], "a\n{\"forged\":true}");
        assert_eq!(event["level"], "INFO");
    }

    #[test]
    fn the_crates_below_speak_only_to_warn() {
        let log = written(LogFormat::Text, LogLevel::Trace, || {
            tracing::info!(target: "hyper", "chatter");
            tracing::warn!(target: "hyper", "trouble");
            tracing::trace!(target: "countersign", "ours");
        });
        assert!(!log.contains("chatter") && log.contains("trouble") && log.contains("ours"), "{log}");
    }

    #[test]
    fn level_error_silences_warnings_of_everybody() {
        let log = written(LogFormat::Text, LogLevel::Error, || {
            tracing::warn!(target: "hyper", "trouble");
            tracing::warn!(target: "countersign", "ours");
            tracing::error!(target: "countersign", "broken");
        });
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains("broken"));
    }
}
