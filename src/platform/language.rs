//! What the browser knows of languages: which ones its reader wants, and how dates are written in them.

use std::cell::RefCell;

use duologue_protocol::UnixMillis;
use js_sys::Intl::DateTimeFormat;
use js_sys::{Array, Date, Object, Reflect};
use wasm_bindgen::JsValue;

thread_local! {
    static WRITING: RefCell<Writing> = RefCell::default();
}

/// How dates are written: made once, since each costs the browser more than writing a hundred dates.
#[derive(Default)]
struct Writing {
    /// Empty: the browser's own.
    locale: String,
    made: Vec<(DateStyle, DateTimeFormat)>,
}

/// How much of a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// Hours and minutes.
    Time,
    /// Hours, minutes and seconds, with 24 hours everywhere: short enough for a column.
    ExactTime,
    /// Weekday, day and month.
    Day,
    /// The same with the year.
    DayOfYear,
    /// As short as dates get.
    Short,
    /// Everything, for a tooltip.
    Full,
}

impl DateStyle {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Time => &[("hour", "numeric"), ("minute", "2-digit")],
            Self::ExactTime => &[
                ("hour", "2-digit"),
                ("minute", "2-digit"),
                ("second", "2-digit"),
                ("hourCycle", "h23"),
            ],
            Self::Day => &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
            Self::DayOfYear => &[("year", "numeric"), ("day", "numeric"), ("month", "long")],
            Self::Short => &[("dateStyle", "short")],
            Self::Full => &[("dateStyle", "full"), ("timeStyle", "short")],
        }
    }
}

/// The languages that the reader wants, the most wanted first.
pub fn languages() -> Vec<String> {
    let wanted = web_sys::window().map(|window| window.navigator().languages());
    wanted.map(|all| all.iter().filter_map(|tag| tag.as_string()).collect()).unwrap_or_default()
}

/// From now on the document is in the language `tag`, and dates are written as in `locale`.
pub fn speak(tag: &str, locale: &str) {
    WRITING.with_borrow_mut(|writing| {
        *writing = Writing { locale: locale.to_owned(), made: Vec::new() }
    });
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        // Setting an attribute of this name can't fail.
        let _ = root.set_attribute("lang", tag);
    }
}

/// A point in time in words, in the browser's time zone.
pub fn date(at: UnixMillis, style: DateStyle) -> String {
    let format = WRITING.with_borrow_mut(|writing| writing.format(style));
    let written = format.format().call1(&JsValue::UNDEFINED, &to_js(at));
    // Fails for a time beyond the year 275,760 alone, which no clock says.
    written.ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// A point in time as hours and minutes.
pub fn local_time(at: UnixMillis) -> String {
    date(at, DateStyle::Time)
}

/// The same with seconds.
pub fn local_time_exact(at: UnixMillis) -> String {
    date(at, DateStyle::ExactTime)
}

/// Which day it was where the reader is: days since 1970, and the year.
#[expect(clippy::cast_possible_truncation, reason = "days and years")]
pub fn local_day(at: UnixMillis) -> (i32, i32) {
    let date = Date::new(&to_js(at));
    let (year, month, day) = (date.get_full_year(), date.get_month(), date.get_date());
    // Days of the calendar: they are all as long here, also those on which the clocks change.
    let first_of_month = Date::utc(f64::from(year), f64::from(month)) / 86_400_000.0;
    (first_of_month as i32 + day.cast_signed() - 1, year.cast_signed())
}

impl Writing {
    fn format(&mut self, style: DateStyle) -> DateTimeFormat {
        if let Some((_, format)) = self.made.iter().find(|(made, _)| *made == style) {
            return format.clone();
        }
        let options = Object::new();
        for (name, value) in style.options() {
            // Setting a property of a fresh object can't fail.
            let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
        }
        let locales = Array::new();
        if !self.locale.is_empty() {
            locales.push(&JsValue::from_str(&self.locale));
        }
        let format = DateTimeFormat::new(&locales, &options);
        self.made.push((style, format.clone()));
        format
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
fn to_js(at: UnixMillis) -> JsValue {
    JsValue::from_f64(at.0 as f64)
}
