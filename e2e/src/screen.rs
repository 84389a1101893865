//! The X screen seen from outside: where windows are, when they show something, and a photograph of it all.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt, ImageFormat, MapState, Window};
use x11rb::rust_connection::RustConnection;

/// How many rows of pixels must show something before a window counts as painted: a caret alone is no page.
const PAINTED_ROWS: usize = 12;
/// A connection to the stage's X server.
#[derive(Debug)]
pub struct Screen {
    connection: RustConnection,
    root: Window,
    width: u16,
    height: u16,
}

/// A window and where its inside lies on the screen, in pixels from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    window: Window,
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width of the inside.
    pub width: u16,
    /// Height of the inside.
    pub height: u16,
}

impl Placed {
    /// The middle of the window's inside.
    pub fn centre(&self) -> (i32, i32) {
        (
            self.x + i32::from(self.width) / 2,
            self.y + i32::from(self.height) / 2,
        )
    }
}

impl Screen {
    pub(crate) fn connect(display: &str) -> Result<Self> {
        let (connection, number) =
            x11rb::connect(Some(display)).context("the X server cannot be reached")?;
        let screen = connection
            .setup()
            .roots
            .get(number)
            .context("the X server has no screen")?;
        let (root, width, height) = (screen.root, screen.width_in_pixels, screen.height_in_pixels);
        Ok(Self {
            connection,
            root,
            width,
            height,
        })
    }

    /// Whether a window manager has announced itself, as the EWMH standard asks.
    pub(crate) fn is_managed(&self) -> Result<bool> {
        let atom = self.atom("_NET_SUPPORTING_WM_CHECK")?;
        let property = self
            .connection
            .get_property(false, self.root, atom, AtomEnum::WINDOW, 0, 1)?
            .reply()?;
        Ok(property.value_len > 0)
    }

    /// The visible window with this title, if there is one.
    ///
    /// # Errors
    /// When the X server is gone.
    pub fn window_titled(&self, title: &str) -> Result<Option<Placed>> {
        self.find(|found| found == title)
    }

    /// The titles of all visible windows, to be told when one is not found.
    ///
    /// # Errors
    /// When the X server is gone.
    pub fn titles(&self) -> Result<Vec<String>> {
        let mut titles = Vec::new();
        self.find(|title| {
            titles.push(title.to_owned());
            false
        })?;
        Ok(titles)
    }

    fn find(&self, mut wanted: impl FnMut(&str) -> bool) -> Result<Option<Placed>> {
        let name = self.atom("_NET_WM_NAME")?;
        let utf8 = self.atom("UTF8_STRING")?;
        let mut waiting = vec![self.root];
        while let Some(window) = waiting.pop() {
            // A window may be gone between being listed and being looked at: that is not an error.
            let Ok(tree) = self.connection.query_tree(window)?.reply() else {
                continue;
            };
            waiting.extend(tree.children);
            let Ok(title) = self
                .connection
                .get_property(false, window, name, utf8, 0, 1024)?
                .reply()
            else {
                continue;
            };
            if title.value.is_empty() || !wanted(&String::from_utf8_lossy(&title.value)) {
                continue;
            }
            if let Some(placed) = self.placed(window)? {
                return Ok(Some(placed));
            }
        }
        Ok(None)
    }

    /// Where a window lies, or `None` when it is not on the screen.
    fn placed(&self, window: Window) -> Result<Option<Placed>> {
        let Ok(attributes) = self.connection.get_window_attributes(window)?.reply() else {
            return Ok(None);
        };
        let Ok(geometry) = self.connection.get_geometry(window)?.reply() else {
            return Ok(None);
        };
        // GTK keeps helper windows of one or ten pixels with the same title.
        if attributes.map_state != MapState::VIEWABLE || geometry.width < 50 {
            return Ok(None);
        }
        let origin = self
            .connection
            .translate_coordinates(window, self.root, 0, 0)?
            .reply()?;
        Ok(Some(Placed {
            window,
            x: i32::from(origin.dst_x),
            y: i32::from(origin.dst_y),
            width: geometry.width,
            height: geometry.height,
        }))
    }

    /// Whether a window shows more than one plain colour: its page has been painted.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn is_painted(&self, placed: &Placed) -> Result<bool> {
        let image = self
            .connection
            .get_image(
                ImageFormat::Z_PIXMAP,
                placed.window,
                0,
                0,
                placed.width,
                placed.height,
                !0,
            )?
            .reply()?;
        let Some(background) = image.data.first_chunk::<4>() else {
            return Ok(false);
        };
        let blank = background.repeat(usize::from(placed.width));
        let drawn = image
            .data
            .chunks_exact(blank.len())
            .filter(|row| *row != blank)
            .count();
        Ok(drawn > PAINTED_ROWS)
    }

    /// Writes what the whole screen shows as a PNG, with dialogs and window frames.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn photograph(&self, path: &Path) -> Result<()> {
        let image = self
            .connection
            .get_image(
                ImageFormat::Z_PIXMAP,
                self.root,
                0,
                0,
                self.width,
                self.height,
                !0,
            )?
            .reply()?;
        let colours: Vec<u8> = image
            .data
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[2], pixel[1], pixel[0]])
            .collect();
        let file =
            File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut encoder = png::Encoder::new(
            BufWriter::new(file),
            u32::from(self.width),
            u32::from(self.height),
        );
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&colours)?;
        Ok(())
    }

    fn atom(&self, name: &str) -> Result<u32> {
        Ok(self
            .connection
            .intern_atom(false, name.as_bytes())?
            .reply()?
            .atom)
    }
}
