"""What the usual Python stack takes for an EPUB: ebooklib for its paragraphs, pysbd for their sentences."""

import json
import sys
import time
from html.parser import HTMLParser

import ebooklib
import pysbd
from ebooklib import epub


class Paragraphs(HTMLParser):
    """The texts of headings and paragraphs."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        if tag in ("p", "h1"):
            self.inside = True
            self.found.append("")

    def handle_endtag(self, tag):
        if tag in ("p", "h1"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


started = time.perf_counter()
book = epub.read_epub(sys.argv[1], {"ignore_ncx": True})
segmenter = pysbd.Segmenter(language="en", clean=False)
sentences = 0
characters = 0
for item in book.get_items_of_type(ebooklib.ITEM_DOCUMENT):
    parser = Paragraphs()
    parser.feed(item.get_content().decode("utf-8"))
    for text in parser.found:
        characters += len(text)
        sentences += len(segmenter.segment(text))
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - started,
            "characters": characters,
            "sentences": sentences,
        }
    )
)
