//! The application in its window, as a person uses it: by what is on the screen.

use std::fs;
use std::future::Future;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process::{self, Process};
use crate::stage::Stage;
use crate::{LOOK_EVERY, PATIENCE, wait_until};

/// One WebDriver request. Pictures of a busy page are the slowest.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The application's window, driven through WebKitGTK's own driver.
///
/// Elements are named by their `data-testid`, or by a CSS selector that begins with `[` or `#`.
///
/// The application ends when this is closed or dropped.
#[derive(Debug)]
pub struct Window {
    client: Client,
    driver: Process,
    opened: Instant,
}

impl Window {
    /// Starts `program` on the stage and waits for its first page.
    ///
    /// # Errors
    /// When the driver or the program does not start; the error ends with what the program wrote last.
    pub async fn open(stage: &Stage, program: &Path, arguments: &[&str]) -> Result<Self> {
        let port = free_port()?;
        let mut command = stage.command("WebKitWebDriver");
        command
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            // Read by Tauri, which hands its web view to the driver only when asked to. The driver passes its whole
            // environment on to the application.
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        let mut driver = Process::start("driver", &command, &stage.log("window"))?;
        wait_until("WebKitWebDriver to listen", PATIENCE, || {
            driver.require_running()?;
            Ok(std::net::TcpStream::connect(("127.0.0.1", port))
                .ok()
                .map(drop))
        })?;

        let mut capabilities = Capabilities::new();
        capabilities.insert(
            "webkitgtk:browserOptions".into(),
            json!({ "binary": program, "args": arguments }),
        );
        let opened = Instant::now();
        let address = format!("http://127.0.0.1:{port}");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(capabilities).connect(&address);
        let client = match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => bail!(
                "{} did not open: {error}\n{}",
                program.display(),
                driver.log()
            ),
            Err(_) => bail!(
                "{} did not open in time\n{}",
                program.display(),
                driver.log()
            ),
        };
        Ok(Self {
            client,
            driver,
            opened,
        })
    }

    /// When the program was asked to start.
    pub fn opened(&self) -> Instant {
        self.opened
    }

    /// The WebDriver client, for what is not wrapped here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What the application and its driver wrote to standard error.
    pub fn log(&self) -> String {
        self.driver.log()
    }

    /// The application's processes: itself first, then those of its web view.
    pub fn processes(&self) -> Vec<u32> {
        process::family(self.driver.id())
            .into_iter()
            .skip(1)
            .collect()
    }

    /// Clicks an element in the middle of where it is drawn, once it is there, enabled, and nothing lies over it.
    ///
    /// # Errors
    /// When it does not become so in time.
    pub async fn click(&self, id: &str) -> Result<()> {
        self.wait_for(
            &format!("`{id}` to take a click"),
            PATIENCE,
            async |window| {
                let Some(element) = window.find(id).await? else {
                    return Ok(None);
                };
                let enabled = settled(within("its state", element.is_enabled()).await)?;
                if !enabled.unwrap_or(false) {
                    return Ok(None);
                }
                // A sheet may still be closing over it: a person, too, would click again.
                settled(within(&format!("a click on `{id}`"), element.click()).await)
            },
        )
        .await
    }

    /// Clicks an element whose click closes the window it is in.
    ///
    /// The window may be gone before the driver has answered, which then says that there is no such window: the caller
    /// looks for what the click was to bring about.
    ///
    /// # Errors
    /// When it does not take a click in time.
    pub async fn click_and_leave(&self, id: &str) -> Result<()> {
        match self.click(id).await {
            Err(error) if is_kind(&error, &ErrorStatus::NoSuchWindow) => Ok(()),
            clicked => clicked,
        }
    }

    /// The visible text of an element, `None` when it is not there.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn text(&self, id: &str) -> Result<Option<String>> {
        let Some(element) = self.find(id).await? else {
            return Ok(None);
        };
        settled(within(&format!("the text of `{id}`"), element.text()).await)
    }

    /// A property of an element as JavaScript sees it (`value`, `disabled`, `checked`), as text.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn property(&self, id: &str, name: &str) -> Result<Option<String>> {
        let Some(element) = self.find(id).await? else {
            return Ok(None);
        };
        let property = within(&format!("`{name}` of `{id}`"), element.prop(name)).await;
        Ok(settled(property)?.flatten())
    }

    /// An attribute of an element, `None` when either is not there.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn attribute(&self, id: &str, name: &str) -> Result<Option<String>> {
        let Some(element) = self.find(id).await? else {
            return Ok(None);
        };
        let attribute = within(&format!("`{name}` of `{id}`"), element.attr(name)).await;
        Ok(settled(attribute)?.flatten())
    }

    /// Whether an element is in the page and not hidden.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn shows(&self, id: &str) -> Result<bool> {
        let Some(element) = self.find(id).await? else {
            return Ok(false);
        };
        let displayed = within(&format!("whether `{id}` is shown"), element.is_displayed()).await;
        Ok(settled(displayed)?.unwrap_or(false))
    }

    /// Whether a click on an element would do something.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn is_enabled(&self, id: &str) -> Result<bool> {
        let Some(element) = self.find(id).await? else {
            return Ok(false);
        };
        let enabled = within(&format!("whether `{id}` is enabled"), element.is_enabled()).await;
        Ok(settled(enabled)?.unwrap_or(false))
    }

    /// Replaces what a field holds, as if it were selected and typed over. Line breaks are typed as Enter.
    ///
    /// # Errors
    /// When the field is not there. Characters beyond U+FFFF are dropped by the driver, so they are refused here.
    pub async fn write(&self, id: &str, text: &str) -> Result<()> {
        if text.chars().any(|letter| u32::from(letter) > 0xFFFF) {
            bail!("the driver cannot type characters beyond U+FFFF: use `Window::set`");
        }
        let element = self.require(id).await?;
        within(&format!("clearing `{id}`"), element.clear()).await?;
        // WebDriver's code for Enter; a plain line break is dropped.
        let typed = text.replace('\n', "\u{e007}");
        within(&format!("typing into `{id}`"), element.send_keys(&typed)).await
    }

    /// Sets what a field holds at once and tells the page so: for long or unusual text.
    ///
    /// # Errors
    /// When the field is not there.
    pub async fn set(&self, id: &str, text: &str) -> Result<()> {
        let script = "const field = document.querySelector(arguments[0]);
            const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set;
            setter.call(field, arguments[1]);
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.dispatchEvent(new Event('change', { bubbles: true }));";
        self.require(id).await?;
        self.run(script, vec![json!(selector(id)), json!(text)])
            .await
            .map(drop)
    }

    /// Presses keys together, the last one while the others are held: `["\u{e009}", "v"]` is Ctrl+V.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn press(&self, keys: &[char]) -> Result<()> {
        let mut actions = KeyActions::new("keyboard".into());
        for key in keys {
            actions = actions.then(KeyAction::Down { value: *key });
        }
        for key in keys.iter().rev() {
            actions = actions.then(KeyAction::Up { value: *key });
        }
        within("keys", self.client.perform_actions(actions)).await
    }

    /// Runs JavaScript in the page and gives what it returns.
    ///
    /// # Errors
    /// When the script throws.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        within("a script", self.client.execute(script, arguments)).await
    }

    /// Waits until `look` has an answer.
    ///
    /// # Errors
    /// When there is none by the deadline: the page is then photographed into `target/shots`.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        deadline: Duration,
        mut look: impl AsyncFnMut(&Self) -> Result<Option<T>>,
    ) -> Result<T> {
        let started = Instant::now();
        loop {
            if let Some(found) = look(self).await? {
                return Ok(found);
            }
            if started.elapsed() > deadline {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let name = format!(
            "in-vain-{}",
            what.replace(|letter: char| !letter.is_alphanumeric(), "-")
        );
        let picture = match self.screenshot(&name).await {
            Ok(path) => path.display().to_string(),
            Err(error) => format!("no picture: {error}"),
        };
        Err(anyhow!(
            "waited {deadline:.1?} in vain for {what}; see {picture}"
        ))
    }

    /// Waits until an element shows a text that `wanted` agrees with.
    ///
    /// # Errors
    /// When it does not by the deadline; the error tells what it showed last.
    pub async fn wait_for_text(
        &self,
        id: &str,
        deadline: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<String> {
        let mut last = None;
        let found = self
            .wait_for(&format!("the text of `{id}`"), deadline, async |window| {
                last = window.text(id).await?;
                Ok(last.clone().filter(|text| wanted(text)))
            })
            .await;
        found.with_context(|| format!("`{id}` showed {last:?}"))
    }

    /// Waits until an element is shown.
    ///
    /// # Errors
    /// When it is not by the deadline.
    pub async fn wait_for_shown(&self, id: &str, deadline: Duration) -> Result<()> {
        self.wait_for(&format!("`{id}`"), deadline, async |window| {
            Ok(window.shows(id).await?.then_some(()))
        })
        .await
    }

    /// Writes a picture of the page to `target/shots/NAME.png` and gives its path.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn screenshot(&self, name: &str) -> Result<std::path::PathBuf> {
        // Two frames later, what the last change drew is surely on the screen.
        let drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        within("a frame", self.client.execute_async(drawn, vec![])).await?;
        let picture = within("a picture", self.client.screenshot()).await?;
        let path = crate::shots()?.join(format!("{name}.png"));
        fs::write(&path, picture)?;
        Ok(path)
    }

    /// Closes the window as a session's end does, and waits until the application is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn close(mut self) -> Result<()> {
        let processes = self.processes();
        within("the end of the session", self.client.clone().close()).await?;
        let gone = self.wait_until_gone(&processes).await;
        self.driver.stop();
        gone
    }

    async fn wait_until_gone(&self, processes: &[u32]) -> Result<()> {
        let asked = Instant::now();
        while processes.iter().any(|process| is_alive(*process)) {
            if asked.elapsed() > PATIENCE {
                bail!("the application is still running after its window was closed");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Option<Element>> {
        let selector = selector(id);
        settled(
            within(
                &format!("`{id}`"),
                self.client.find(Locator::Css(&selector)),
            )
            .await,
        )
    }

    async fn require(&self, id: &str) -> Result<Element> {
        self.wait_for(&format!("`{id}`"), PATIENCE, async |window| {
            window.find(id).await
        })
        .await
    }
}

fn selector(id: &str) -> String {
    if id.starts_with(['[', '#']) {
        id.to_owned()
    } else {
        format!("[data-testid=\"{id}\"]")
    }
}

/// A WebDriver request with a deadline: the driver itself has none.
async fn within<T>(what: &str, request: impl Future<Output = Result<T, CmdError>>) -> Result<T> {
    match tokio::time::timeout(ANSWER_WITHIN, request).await {
        Ok(answer) => answer.map_err(|error| {
            // The driver's own words are often empty; the kind of error is not.
            let kind = match &error {
                CmdError::Standard(cause) => format!(" ({:?})", cause.error),
                _ => String::new(),
            };
            anyhow::Error::new(error).context(format!("WebDriver refused {what}{kind}"))
        }),
        Err(_) => bail!("WebDriver gave no answer to {what} within {ANSWER_WITHIN:?}"),
    }
}

/// An element that is not there, was replaced while it was looked at, or is covered, is no error: the caller looks again.
fn settled<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) => match error.downcast_ref::<CmdError>() {
            Some(CmdError::Standard(cause)) if may_pass(&cause.error) => Ok(None),
            _ => Err(error),
        },
    }
}

fn is_kind(error: &anyhow::Error, kind: &ErrorStatus) -> bool {
    matches!(error.downcast_ref::<CmdError>(), Some(CmdError::Standard(cause)) if cause.error == *kind)
}

fn may_pass(error: &ErrorStatus) -> bool {
    matches!(
        error,
        ErrorStatus::NoSuchElement
            | ErrorStatus::StaleElementReference
            | ErrorStatus::ElementNotInteractable
            | ErrorStatus::ElementClickIntercepted
    )
}

fn is_alive(process: u32) -> bool {
    // A process that nobody has waited for yet is over all the same.
    fs::read_to_string(format!("/proc/{process}/stat"))
        .ok()
        .and_then(|stat| {
            stat.rsplit_once(')')
                .map(|(_, fields)| !fields.trim_start().starts_with('Z'))
        })
        .unwrap_or(false)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
