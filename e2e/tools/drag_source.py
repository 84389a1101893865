#!/usr/bin/python3
"""A small window from which files can be dragged, as from a file manager.

usage: drag_source.py FILE...

Says on standard output what happens, one line each: `ready X Y` (where to press the button), `lifted` (the drag has
begun), `taken` (the other side has asked for the files and accepted them), `refused` (it let go without taking them).
"""

import pathlib
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

WIDTH, HEIGHT, MARGIN = 180, 90, 12


def say(*words):
    print(*words, flush=True)


class Shelf(Gtk.Window):
    """Lies in the lower right corner, undecorated, so that it covers as little as it can."""

    def __init__(self, files):
        super().__init__(title="Files to drag", decorated=False, skip_taskbar_hint=True)
        self.uris = [pathlib.Path(name).resolve().as_uri() for name in files]
        self.asked = False
        self.set_default_size(WIDTH, HEIGHT)
        self.set_keep_above(True)
        handle = Gtk.EventBox()
        handle.add(Gtk.Label(label=f"{len(files)} to drag"))
        handle.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
        handle.drag_source_add_uri_targets()
        handle.connect("drag-begin", lambda *_: say("lifted"))
        handle.connect("drag-data-get", self.hand_over)
        handle.connect("drag-end", self.finish)
        self.add(handle)
        self.connect("map-event", self.settle)
        self.connect("destroy", Gtk.main_quit)

    def settle(self, *_):
        screen = self.get_screen()
        self.move(
            screen.get_width() - WIDTH - MARGIN, screen.get_height() - HEIGHT - MARGIN
        )
        # The window manager moves it when it pleases; where it ended up is asked afterwards.
        GLib.timeout_add(150, self.tell_place)

    def tell_place(self):
        _, x, y = self.get_window().get_origin()
        say("ready", x + WIDTH // 2, y + HEIGHT // 2)
        return GLib.SOURCE_REMOVE

    def hand_over(self, _widget, _context, selection, _kind, _time):
        self.asked = selection.set_uris(self.uris) or self.asked

    def finish(self, _widget, _context):
        say("taken" if self.asked else "refused")


if len(sys.argv) < 2:
    sys.exit(__doc__)
Shelf(sys.argv[1:]).show_all()
Gtk.main()
