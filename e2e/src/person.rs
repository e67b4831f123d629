//! Somebody who uses the page as a person would: types, presses Enter, reads.

use serde_json::{Value, json};

use crate::{Browser, eventually};

/// A person with a browser of their own.
#[derive(Clone)]
pub struct Person {
    /// What they look at.
    pub browser: Browser,
    /// What they call themselves.
    pub name: String,
}

/// Types into a field as a person would, emoji included (`WebDriver`'s own typing knows none).
const TYPE: &str = "
    const [selector, text] = arguments;
    const field = document.querySelector(selector);
    field.focus();
    field.value = text;
    field.dispatchEvent(new InputEvent('input', {bubbles: true}));";

/// Writes and sends texts, one right after the other.
const SAY: &str = "
    const field = document.querySelector('.composer textarea');
    for (const text of arguments[0]) {
        field.value = text;
        field.dispatchEvent(new InputEvent('input', {bubbles: true}));
        field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
    }";

/// Reads the whole timeline. A long one is drawn in part, and has to be scrolled through.
const READ_ALL: &str = "return (async () => {
    const seen = new Map();
    const read = () => document.querySelectorAll('.item').forEach(item => {
        const message = item.querySelector('.message');
        seen.set(Number(item.dataset.index),
            [message.className.replace('message', '').replace('mine', '').trim(),
             message.querySelector('.text').textContent]);
    });
    read();
    const box = document.querySelector('.timeline');
    const rooms = [...document.querySelectorAll('.room')].map(room => room.offsetHeight);
    if (box && Math.max(0, ...rooms) > 0) {
        const frame = () => new Promise(then => setTimeout(() => requestAnimationFrame(then)));
        box.scrollTop = -box.scrollHeight;
        do {
            await frame();
            await frame();
            read();
            const before = box.scrollTop;
            box.scrollTop = Math.min(0, before + box.clientHeight);
            if (before >= 0) break;
        } while (true);
        box.scrollTop = 0;
    }
    return [...seen].sort(([one], [other]) => one - other).map(([, row]) => row);
})()";

impl Person {
    /// Opens the page at `url` in a new browser and says a name; comes back once connected.
    pub async fn join(url: &str, name: &str) -> Self {
        let person = Self::arrive(url, name).await;
        person.is_connected().await;
        person
    }

    /// The same without waiting for a connection.
    pub async fn arrive(url: &str, name: &str) -> Self {
        Self::arrive_in(Browser::open().await, url, name).await
    }

    /// The same in this browser.
    pub async fn arrive_in(browser: Browser, url: &str, name: &str) -> Self {
        let person = Self { browser, name: name.to_owned() };
        person.browser.goto(url).await;
        person.say_name().await;
        person
    }

    /// The same person in another browser, which has their key and nothing of what was said.
    pub async fn joins_elsewhere(&self, url: &str) -> Self {
        let elsewhere = Self { browser: self.browser.copy().await, name: self.name.clone() };
        // A file beside the page: the page itself would have its databases open.
        let beside = format!("{}/panel.css", url.split("/#").next().unwrap_or(url));
        elsewhere.browser.goto(&beside).await;
        let forgotten =
            "const done = window.forgotten ??= indexedDB.databases().then(all => Promise.all(all
            .map(one => one.name).filter(name => name !== 'duologue-keys')
            .map(name => new Promise(then => indexedDB.deleteDatabase(name).onsuccess = then))))
            .then(() => window.isForgotten = true);
            return window.isForgotten === true";
        elsewhere.browser.until("the messages to be forgotten", forgotten).await;
        elsewhere.browser.goto(url).await;
        elsewhere.say_name().await;
        elsewhere.is_connected().await;
        elsewhere
    }

    /// Answers the page's first question.
    pub async fn say_name(&self) {
        self.browser.until("the name field", "return !!document.querySelector('#name')").await;
        self.browser.run(TYPE, vec![json!("#name"), json!(self.name)]).await;
        self.browser
            .run("document.querySelector('.card form, form.card').requestSubmit()", vec![])
            .await;
        self.browser.until("the list", "return !!document.querySelector('.sidebar')").await;
    }

    /// Waits until the page says that it is connected.
    pub async fn is_connected(&self) {
        let script = "return document.querySelector('.link')?.textContent === 'Connected'";
        self.browser.until("a connection", script).await;
    }

    /// Waits until the page says whose it is.
    pub async fn is_called(&self, name: &str) {
        let script = "return document.querySelector('.my-name bdi')?.textContent";
        eventually("the name", async || {
            let seen = self.browser.run(script, vec![]).await;
            if seen == name { Ok(()) } else { Err(seen.to_string()) }
        })
        .await;
    }

    /// Says something in the open conversation.
    pub async fn say(&self, text: &str) {
        self.say_all(&[text.to_owned()]).await;
    }

    /// Says many things in a burst.
    pub async fn say_all(&self, texts: &[String]) {
        self.browser.until("a composer", "return !!document.querySelector('.composer')").await;
        self.browser.run(SAY, vec![json!(texts)]).await;
    }

    /// Takes up the request of whoever wrote in the open conversation.
    pub async fn accepts(&self) {
        self.presses("Accept").await;
    }

    /// Presses the button that says this.
    pub async fn presses(&self, label: &str) {
        let script = "const found = [...document.querySelectorAll('button')].find(button =>
            button.checkVisibility() && button.textContent.trim() === arguments[0]);
            found?.click(); return !!found";
        eventually(&format!("to press {label}"), async || {
            match self.browser.run(script, vec![json!(label)]).await {
                Value::Bool(true) => Ok(()),
                _ => Err(self.browser.page_text().await),
            }
        })
        .await;
    }

    /// Types into a field.
    pub async fn types(&self, selector: &str, text: &str) {
        self.browser.run(TYPE, vec![json!(selector), json!(text)]).await;
    }

    /// The texts of the open conversation with a class each: `theirs`, `queued`, `sent`, `failed`.
    pub async fn timeline(&self) -> Vec<(String, String)> {
        let rows = self.browser.run(READ_ALL, vec![]).await;
        serde_json::from_value(rows).expect("pairs of texts")
    }

    /// Waits until the timeline holds exactly these, in this order. `sent` stands for what comes after
    /// it as well: whether it is delivered or read already is for the tests that ask.
    pub async fn reads(&self, expected: &[(&str, &str)]) {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(state, text)| ((*state).into(), (*text).into())).collect();
        self.reads_all(&expected).await;
    }

    /// The same for texts made at run time.
    pub async fn reads_all(&self, expected: &[(String, String)]) {
        eventually(&format!("{}'s timeline", self.name), async || {
            let seen = self.timeline().await;
            let fits = |(seen, expected): (&(String, String), &(String, String))| {
                let is_sent = ["sent", "delivered", "read"].contains(&seen.0.as_str());
                let state_fits = seen.0 == expected.0 || expected.0 == "sent" && is_sent;
                state_fits && seen.1 == expected.1
            };
            let differs = seen.iter().zip(expected).position(|pair| !fits(pair));
            if seen.len() == expected.len() && differs.is_none() {
                return Ok(());
            }
            Err(format!(
                "{} messages of {}; first difference at {differs:?}; the last: {:?}",
                seen.len(),
                expected.len(),
                seen.last()
            ))
        })
        .await;
    }

    /// Waits until the last message of one's own is in this state.
    pub async fn sees_state(&self, expected: &str) {
        eventually(&format!("{}'s message to be {expected}", self.name), async || {
            let mut mine = self.timeline().await;
            mine.retain(|(state, _)| state != "theirs");
            match mine.pop() {
                Some((state, _)) if state == expected => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }

    /// Clicks what a CSS selector finds.
    pub async fn clicks(&self, selector: &str) {
        let script =
            "const found = document.querySelector(arguments[0]); found?.click(); return !!found";
        eventually(&format!("to click {selector}"), async || {
            match self.browser.run(script, vec![json!(selector)]).await {
                Value::Bool(true) => Ok(()),
                _ => Err(self.browser.page_text().await),
            }
        })
        .await;
    }

    /// Opens the menu of the message of this index, and chooses what says this in it.
    pub async fn does(&self, index: usize, label: &str) {
        self.clicks(&format!("[data-index=\"{index}\"] .more")).await;
        // In the menu: a reaction beside it may say the same.
        let script = format!(
            "const found = [...document.querySelectorAll('[data-index=\"{index}\"] .message-menu button')]
                .find(button => button.textContent === arguments[0]);
            found?.click(); return !!found"
        );
        eventually(&format!("to choose {label}"), async || {
            match self.browser.run(&script, vec![json!(label)]).await {
                Value::Bool(true) => Ok(()),
                _ => Err(self.browser.page_text().await),
            }
        })
        .await;
    }

    /// Waits until what a selector finds in the message of this index says this.
    pub async fn shows(&self, index: usize, selector: &str, expected: &str) {
        let script = format!(
            "return document.querySelector('[data-index=\"{index}\"] {selector}')?.textContent.trim()"
        );
        eventually(&format!("{selector} of message {index}"), async || {
            let seen = self.browser.run(&script, vec![]).await;
            if seen == expected { Ok(()) } else { Err(seen.to_string()) }
        })
        .await;
    }
}
