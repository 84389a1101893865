//! The main window, and the small one in which a key is typed.

use studio::Studio;
use studio::settings::{Theme, WindowGeometry};
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::window::Color;
use tauri::{
    AppHandle, DragDropEvent, LogicalPosition, LogicalSize, Manager, Url, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder, Window, WindowEvent, Wry,
};

const MAIN: &str = "main";
const KEY: &str = "key";
const SMALLEST: (f64, f64) = (900.0, 600.0);
const USUAL: (f64, f64) = (1180.0, 760.0);

/// Opens the main window where it was last.
pub(crate) fn open_main(app: &AppHandle) -> tauri::Result<()> {
    let settings = app.state::<Studio>().view().settings;
    let mut window = page(app, MAIN, "index.html", settings.theme)
        .title("Peal")
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .inner_size(USUAL.0, USUAL.1)
        .zoom_hotkeys_enabled(true)
        .background_color(background(settings.theme));
    if let Some(geometry) = settings.window {
        window = window
            .inner_size(
                f64::from(geometry.width).max(SMALLEST.0),
                f64::from(geometry.height).max(SMALLEST.1),
            )
            .position(f64::from(geometry.x), f64::from(geometry.y))
            .maximized(geometry.maximized);
    }
    let window = window.build()?;
    if settings.window.is_some() && !is_on_a_screen(&window) {
        window.center()?;
    }
    let handle = app.clone();
    window.on_window_event(move |event| on_main_event(&handle, event));
    Ok(())
}

/// Brings the main window to the front: somebody started Peal a second time.
pub(crate) fn show_main(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // Each of these is a wish that a window system may refuse.
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// Opens the small window in which a key is typed, or brings it to the front.
pub(crate) fn open_key(app: &AppHandle) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(KEY) {
        return window.set_focus();
    }
    let theme = app.state::<Studio>().view().settings.theme;
    let mut window = page(app, KEY, "key.html", theme)
        .title("Peal")
        .inner_size(460.0, 260.0)
        .resizable(false)
        .minimizable(false)
        .maximizable(false)
        .center()
        .background_color(background(theme));
    if let Some(main) = app.get_webview_window(MAIN) {
        window = window.parent(&main)?;
    }
    window.build()?;
    Ok(())
}

/// Destroys the window in which a key was typed, and with it what its page still held.
pub(crate) fn close_key(window: &Window) {
    if window.label() == KEY
        && let Err(error) = window.destroy()
    {
        tracing::error!(%error, "The window for typing a key could not be closed.");
    }
}

/// What every window of ours has: our page, nothing kept on disk, and no way to anywhere else.
fn page<'a>(
    app: &'a AppHandle,
    label: &str,
    file: &str,
    theme: Theme,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::App(file.into()))
        .incognito(!is_driven_by_a_test())
        .initialization_script(wear(theme))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                look_for_key_once(window.app_handle());
            }
        })
}

/// WebKitGTK lets WebDriver into no page that keeps nothing. The variable is the web view's own switch for being driven;
/// whoever can set it could as well start another program in Peal's place.
fn is_driven_by_a_test() -> bool {
    std::env::var("TAURI_WEBVIEW_AUTOMATION").is_ok_and(|value| value == "true")
}

/// The address of the page inside the program: `tauri://localhost`, on Windows `http://tauri.localhost`.
fn is_ours(address: &Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && address.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// The keychain is asked once the window stands, so that it never delays it.
fn look_for_key_once(app: &AppHandle) {
    let studio = app.state::<Studio>().inner().clone();
    tauri::async_runtime::spawn(async move { studio.account().look_for_key_once().await });
}

fn on_main_event(app: &AppHandle, event: &WindowEvent) {
    let studio = app.state::<Studio>();
    match event {
        WindowEvent::DragDrop(DragDropEvent::Enter { .. }) => studio.set_drop_hover(true),
        WindowEvent::DragDrop(DragDropEvent::Leave) => studio.set_drop_hover(false),
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => studio.take_in(paths.clone()),
        WindowEvent::CloseRequested { .. } => {
            if let Some(window) = app.get_webview_window(MAIN) {
                remember_place(&studio, &window);
            }
            // The small window has no life of its own.
            if let Some(key) = app.get_webview_window(KEY) {
                let _ = key.destroy();
            }
        }
        WindowEvent::Destroyed => app.exit(0),
        _ => {}
    }
}

fn remember_place(studio: &Studio, window: &WebviewWindow) {
    if let Some(geometry) = geometry_of(window) {
        studio.change_settings(|settings| {
            // A maximised window keeps the size it goes back to.
            let restored = settings.window.filter(|_| geometry.maximized);
            settings.window = Some(WindowGeometry {
                maximized: geometry.maximized,
                ..restored.unwrap_or(geometry)
            });
        });
    }
}

fn geometry_of(window: &WebviewWindow) -> Option<WindowGeometry> {
    let scale = window.scale_factor().ok()?;
    let size: LogicalSize<u32> = window.inner_size().ok()?.to_logical(scale);
    let position: LogicalPosition<i32> = window.outer_position().ok()?.to_logical(scale);
    let maximized = window.is_maximized().ok()?;
    Some(WindowGeometry {
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
        maximized,
    })
}

/// Whether enough of the window can be seen to take hold of it; a screen may be gone since last time.
fn is_on_a_screen(window: &WebviewWindow) -> bool {
    let (Ok(position), Ok(size), Ok(screens)) = (
        window.outer_position(),
        window.outer_size(),
        window.available_monitors(),
    ) else {
        return true;
    };
    let overlap = |start: i32, length: u32, from: i32, extent: u32| {
        let end = i64::from(start) + i64::from(length);
        let until = i64::from(from) + i64::from(extent);
        end.min(until) - i64::from(start.max(from))
    };
    screens.is_empty()
        || screens.iter().any(|screen| {
            let (at, area) = (screen.position(), screen.size());
            overlap(position.x, size.width, at.x, area.width) > 100
                && overlap(position.y, size.height, at.y, area.height) > 60
        })
}

/// What is seen before the page is there: the page's own paper, so that nothing flashes.
fn background(theme: Theme) -> Color {
    const LIGHT: Color = Color(0xfa, 0xf9, 0xf6, 0xff);
    const DARK: Color = Color(0x15, 0x17, 0x1d, 0xff);
    match theme {
        Theme::Dark => DARK,
        Theme::Light => LIGHT,
        // The page asks the system for its colours; until then the likelier ones.
        Theme::System => LIGHT,
    }
}

/// What the page does before anything else: its first frame has the colours that the person chose.
fn wear(theme: Theme) -> String {
    let name = match theme {
        Theme::System => return String::new(),
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    // Some web views run this before there is an element.
    format!(
        "(() => {{
            const wear = () => (document.documentElement.dataset.theme = '{name}');
            if (document.documentElement) wear();
            else document.addEventListener('readystatechange', wear, {{ once: true }});
        }})()"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_page_may_be_shown() {
        let ours = |address: &str| is_ours(&address.parse().unwrap());
        assert!(ours("tauri://localhost/index.html"));
        for address in [
            "https://smallest.ai",
            "file:///etc/passwd",
            "data:text/html,x",
            "tauri://elsewhere/",
            "javascript:alert(1)",
            "about:blank",
        ] {
            assert!(!ours(address), "{address}");
        }
    }
}
